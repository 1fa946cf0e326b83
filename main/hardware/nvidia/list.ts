/** A card of `nvidia-smi -L` with its MIG devices, in order. */
export interface ListedGpu {
  readonly index: number
  readonly name: string
  readonly uuid: string | null
  readonly migDevices: readonly { readonly profile: string, readonly uuid: string | null }[]
}

const GPU = /^GPU (\d{1,4}): (.+?)(?: \(UUID: ([^)\s]+)\))?\s*$/
const MIG = /^\s+MIG (\S+)\s+Device\s+\d+: \(UUID: ([^)\s]+)\)\s*$/

/** Far beyond any real list, in characters. */
const LONGEST = 256 * 1024

/** Reads `nvidia-smi -L`, the only place that names MIG profiles and UUIDs. Lines of another shape are skipped. */
export function readList (text: string): ListedGpu[] {
  const gpus: (ListedGpu & { migDevices: { profile: string, uuid: string | null }[] })[] = []
  for (const line of text.slice(0, LONGEST).split(/\r?\n/)) {
    const gpu = GPU.exec(line)
    if (gpu !== null) gpus.push({ index: Number(gpu[1]), name: gpu[2]!, uuid: gpu[3] ?? null, migDevices: [] })
    const mig = MIG.exec(line)
    if (mig !== null) gpus.at(-1)?.migDevices.push({ profile: mig[1]!, uuid: mig[2]! })
  }
  return gpus
}

/** The GPU instance's profile: `3g.71gb` for a compute instance `1c.3g.71gb` inside it. */
export const instanceProfile = (profile: string): string => profile.replace(/^\d+c\./, '')
