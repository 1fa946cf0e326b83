import { asObject, asText, objectsIn, readJson } from '../reading/json.ts'

/** A GPU that system_profiler lists. */
export interface MacGpu {
  readonly name: string
  readonly isApple: boolean
  /** GPU cores, which tell the bin of the chip (30 or 38), not its memory. */
  readonly cores: number | null
}

/** The GPUs in the answer of `system_profiler SPDisplaysDataType -json`, null when it is no such answer. */
export function readDisplays (text: string): MacGpu[] | null {
  const root = asObject(readJson(text)?.value)
  const entries = root?.['SPDisplaysDataType']
  if (!Array.isArray(entries)) return null
  return objectsIn(entries).flatMap((entry) => {
    const name = asText(entry['sppci_model']) ?? plainName(asText(entry['_name']))
    if (name === null) return []
    const maker = asText(entry['spdisplays_vendor']) ?? ''
    const cores = asText(entry['sppci_cores'])
    return [{ name, isApple: /apple/i.test(maker) || /^Apple\b/.test(name), cores: /^\d{1,4}$/.test(cores ?? '') ? Number(cores) : null }]
  })
}

/** Early systems give the key of a resource: `kHW_AppleM1Item`. */
function plainName (name: string | null): string | null {
  const key = /^kHW_Apple(M\d+)(Pro|Max|Ultra)?Item$/.exec(name ?? '')
  return key === null ? name : ['Apple', key[1], key[2]].filter((part) => part !== undefined).join(' ')
}
