import type { Detection } from '#shared/contract/index.ts'
import { detect } from './detect.ts'
import { collectLocal, type CollectOptions } from './local/collect.ts'
import { GENERAL_PROBES, VENDOR_SUPPORT } from './vendors.ts'

/** Looks at this machine's GPUs. Never rejects: what goes wrong becomes a finding, and a machine without a GPU is a normal answer. */
export async function detectHardware (options: CollectOptions = {}): Promise<Detection> {
  const look = async (): Promise<Detection> => detect(await collectLocal(VENDOR_SUPPORT, GENERAL_PROBES, options), VENDOR_SUPPORT, new Date())
  const first = await look()
  // A list that is cut off is often whole the second time.
  return first.findings.some(({ code }) => code === 'incomplete-list') && first.probes.every(({ outcome }) => outcome !== 'timed-out') ? look() : first
}
