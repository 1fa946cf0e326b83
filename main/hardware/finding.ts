import type { Finding, FindingCode, Vendor } from '#shared/contract/index.ts'

const SEVERITIES: Readonly<Partial<Record<FindingCode, Finding['severity']>>> = {
  'no-nvidia-smi': 'info', 'no-gpu': 'info', 'virtual-display': 'info', 'device-unhealthy': 'warning', 'unified-memory': 'info', 'gpu-asleep': 'info', 'hidden-devices': 'info', 'integrated-only': 'info', 'unknown-device': 'info',
  'shared-limit': 'info', 'login-node': 'info', 'apple-estimated': 'info', 'amd-no-tool': 'info', 'passed-through': 'info',
  'no-nvidia-tools': 'warning', 'inforom-corrupted': 'warning', 'incomplete-list': 'warning', 'incomplete-device': 'warning', 'inconsistent-memory': 'warning',
  'mig-without-instances': 'warning', 'compute-restricted': 'warning', 'no-cuda': 'warning', 'lone-gpu': 'warning',
  'unlicensed-vgpu': 'warning', 'over-committed': 'warning', 'card-without-driver': 'warning',
  'open-driver': 'warning', 'amd-groups': 'warning', 'intel-no-memory': 'warning', 'apple-intel-mac': 'warning',
  'ascend-no-memory': 'warning', 'windows-capped-memory': 'warning', 'rocm-windows': 'warning', 'vendor-tool-failed': 'warning',
  'ssh-mux': 'warning'
}

const DETAIL_LENGTH = 300

/** What a finding is about; the machine as a whole when nothing is given. */
export interface About {
  readonly vendor?: Vendor | null
  readonly deviceKey?: string | null
}

/** A finding with its severity. The detail is put on one line and shortened, with serial numbers and UUIDs masked. */
export function finding (code: FindingCode, detail: string | null = null, { vendor = null, deviceKey = null }: About = {}): Finding {
  const line = detail === null ? '' : masked(oneLine(detail))
  const shortened = line.length > DETAIL_LENGTH ? `${line.slice(0, DETAIL_LENGTH - 1)}…` : line
  return { code, severity: SEVERITIES[code] ?? 'error', detail: shortened === '' ? null : shortened, vendor, deviceKey }
}

/** One line, without the escapes and control characters that a terminal would obey. */
export function oneLine (text: string): string {
  return text.replaceAll(/\u001B\[[0-9;]*[A-Za-z]/g, '').replaceAll(/[\u0000-\u001F\u007F-\u009F\s]+/g, ' ').trim()
}

/** People paste findings into public threads. */
function masked (line: string): string {
  return line
    .replaceAll(/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '…')
    .replaceAll(/\b(serial(?: (?:number|no\.?))?\s*[:=#]?\s*)[\w-]*\d[\w-]*/gi, '$1…')
}
