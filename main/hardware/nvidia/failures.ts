import type { Finding } from '#shared/contract/index.ts'
import { finding, oneLine } from '../finding.ts'

type Code = Finding['code']

/** What nvidia-smi prints when it fails, most telling first. Texts are matched with white space collapsed: they arrive wrapped. */
const MESSAGES: readonly (readonly [RegExp, Code])[] = [
  [/driver\/library version mismatch/, 'version-mismatch'],
  [/mismatch in versions between nvidia-smi and nvml/, 'tool-mismatch'],
  [/gpu access blocked by the operating system/, 'wsl-blocked'],
  [/couldn't find libnvidia-ml/, 'no-library'],
  [/gpu is lost/, 'gpu-lost'],
  [/unable to determine the device handle for gpu/, 'gpu-unreachable'],
  [/no devices were found/, 'no-devices'],
  [/couldn't communicate with the nvidia driver|driver not loaded/, 'driver-not-loaded'],
  [/failed to initialize nvml: unknown error/, 'container-lost'],
  [/failed to initialize nvml: insufficient permissions/, 'no-permission'],
  [/inforom is corrupted/, 'inforom-corrupted'],
  [/failed to initialize nvml/, 'failed'],
  [/nvidia-smi: (command )?not found|command not found: nvidia-smi|'nvidia-smi' is not recognized/, 'no-nvidia-smi']
]

/** Exit statuses are NVML return codes; used when the text says nothing known. */
const STATUSES: Readonly<Record<number, Code>> = {
  4: 'no-permission', 6: 'no-devices', 9: 'driver-not-loaded', 10: 'timed-out', 12: 'no-library',
  14: 'inforom-corrupted', 15: 'gpu-lost', 17: 'wsl-blocked', 18: 'version-mismatch', 28: 'no-devices'
}

/** What failed, from what the tool wrote on either stream and its exit status; null when neither says. */
export function recognizeFailure (output: string, status: number | null): Finding | null {
  const text = oneLine(output)
  const known = text.toLowerCase().replaceAll('’', "'")
  const message = MESSAGES.find(([pattern]) => pattern.test(known))
  if (message !== undefined) return finding(message[1], text, { vendor: 'nvidia' })
  const code = status === null ? undefined : STATUSES[status]
  return code === undefined ? null : finding(code, text === '' ? `exit ${status}` : text, { vendor: 'nvidia' })
}
