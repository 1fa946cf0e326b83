import type { Finding } from '#shared/contract/index.ts'

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

const SEVERITIES: Readonly<Partial<Record<Code, Finding['severity']>>> = {
  'no-nvidia-smi': 'info', 'unified-memory': 'info',
  'inforom-corrupted': 'warning', 'incomplete-list': 'warning', 'incomplete-device': 'warning',
  'inconsistent-memory': 'warning', 'mig-without-instances': 'warning', 'compute-restricted': 'warning', 'no-cuda': 'warning'
}

const DETAIL_LENGTH = 300

/** A finding with its severity; `detail` is shortened and put on one line. */
export function finding (code: Code, detail: string | null = null): Finding {
  const line = detail === null ? '' : oneLine(detail)
  const shortened = line.length > DETAIL_LENGTH ? `${line.slice(0, DETAIL_LENGTH - 1)}…` : line
  return { code, severity: SEVERITIES[code] ?? 'error', detail: shortened === '' ? null : shortened }
}

/** What failed, from what the tool wrote on either stream and its exit status; null when neither says. */
export function recognizeFailure (output: string, status: number | null): Finding | null {
  const text = oneLine(output)
  const known = text.toLowerCase().replaceAll('’', "'")
  const message = MESSAGES.find(([pattern]) => pattern.test(known))
  if (message !== undefined) return finding(message[1], text)
  const code = status === null ? undefined : STATUSES[status]
  return code === undefined ? null : finding(code, text === '' ? `exit ${status}` : text)
}

/** One line, without the escapes and control characters that a terminal would obey. */
function oneLine (text: string): string {
  return text.replaceAll(/\u001B\[[0-9;]*[A-Za-z]/g, '').replaceAll(/[\u0000-\u001F\u007F-\u009F\s]+/g, ' ').trim()
}
