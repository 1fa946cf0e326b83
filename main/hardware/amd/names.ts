/** libdrm's own list of product names, found on nearly every Linux with a desktop or ROCm. */
export const AMDGPU_IDS_FILES = ['/usr/share/libdrm/amdgpu.ids', '/opt/amdgpu/share/libdrm/amdgpu.ids'] as const

/** Where that list is missing: revisions of ids that several products of the catalog share. */
const REVISIONS: Readonly<Record<string, string>> = {
  '687f:c1': 'AMD Radeon RX Vega 64', '687f:c3': 'AMD Radeon RX Vega 56',
  '73bf:c0': 'AMD Radeon RX 6900 XT', '73bf:c1': 'AMD Radeon RX 6800 XT', '73bf:c3': 'AMD Radeon RX 6800',
  '73df:c0': 'AMD Radeon RX 6750 XT', '73df:c1': 'AMD Radeon RX 6700 XT', '73df:c5': 'AMD Radeon RX 6700 XT',
  '73ff:c1': 'AMD Radeon RX 6600 XT', '73ff:c7': 'AMD Radeon RX 6600',
  '744c:c8': 'AMD Radeon RX 7900 XTX', '744c:cc': 'AMD Radeon RX 7900 XT', '744c:ce': 'AMD Radeon RX 7900 GRE', '744c:cf': 'AMD Radeon RX 7900M',
  '747e:c8': 'AMD Radeon RX 7800 XT', '747e:ff': 'AMD Radeon RX 7700 XT',
  '7550:c0': 'AMD Radeon RX 9070 XT', '7550:c3': 'AMD Radeon RX 9070'
}

/** The product that a device id and its revision mean, or null. */
export function productName (deviceId: string | null, revision: string | null, files: ReadonlyMap<string, string>): string | null {
  if (deviceId === null || revision === null) return null
  const line = new RegExp(`^${deviceId},\\s*${revision},\\s*(\\S.*?)\\s*$`, 'im')
  for (const file of AMDGPU_IDS_FILES) {
    const name = line.exec(files.get(file) ?? '')?.[1]
    if (name !== undefined) return name
  }
  return REVISIONS[`${deviceId}:${revision}`] ?? null
}

/** A name that a tool gave, or null for a placeholder: `N/A`, `0x1002`, the maker alone, `AMD Radeon Graphics` of every APU. */
export function specificName (text: string | null): string | null {
  const name = text?.trim() ?? ''
  return /^(n\/a|none|unknown|0x[0-9a-f]+|-|amd radeon(\(tm\))? graphics|advanced micro devices.*)?$/i.test(name) ? null : name
}
