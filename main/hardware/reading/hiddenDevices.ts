import type { DetectedGpu, Finding } from '#shared/contract/index.ts'
import { finding } from '../finding.ts'

/** Variables by which programs started here see fewer of the vendor's devices than there are. */
export function hiddenDevices (variables: ReadonlyMap<string, string>, names: readonly string[], gpus: readonly DetectedGpu[]): Finding[] {
  const own = gpus.filter((gpu) => gpu.kind !== 'integrated')
  return names.flatMap((name) => {
    const value = variables.get(name)
    const chosen = value?.split(',').filter((entry) => entry.trim() !== '').length
    return chosen !== undefined && chosen < own.length ? [finding('hidden-devices', `${name}=${value!}`, { vendor: own[0]!.vendor })] : []
  })
}
