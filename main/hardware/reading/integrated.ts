/** Discrete Intel GPUs: DG1, Arc A and B, Data Center Flex and Max. Everything else of Intel's is built into a processor. */
const DISCRETE_IDS = /^(490[5-9]|56[9a-c][0-9a-f]|56b[0-9a-f]|e2[0-9a-f]{2}|0b[bd][0-9a-f]|020a|0b69|0b6e)$/

/**
 * Whether an Intel GPU is integrated: it has no memory of its own and nobody trains on it. It lies at 00:02.0 on every
 * machine; elsewhere its PCI id or its name tells.
 */
export function isIntegrated (name: string, deviceId: string | null, bus: string | null): boolean {
  if (deviceId !== null && DISCRETE_IDS.test(deviceId.toLowerCase())) return false
  if (bus !== null) return /:00:02\.0$/.test(bus)
  return !/\barc(\(tm\))?\s+(pro\s+)?[ab]\d|data center gpu|\bflex\b|\bmax\b/i.test(name)
}
