import { describeFinding, type DetectedGpu, type Detection, type Finding } from '#shared/contract/index.ts'
import { alignColumns, bullet, type Tone } from '#shared/report/index.ts'
import { bytes, formatGib } from '#shared/units/index.ts'
import { gpuTable } from './gpuTable.ts'
import type { Terminal } from './terminal.ts'

/** What was detected, as lines: the machine, its GPUs with their links and processes, and every finding. */
export function detectionReport (detection: Detection, terminal: Terminal): string[] {
  return [
    ...machine(detection, terminal),
    ...detection.gpus.length > 0 ? ['', ...gpuTable(detection.gpus, terminal)] : [],
    ...links(detection, terminal),
    ...processTable(detection.gpus, terminal),
    ...detection.findings.flatMap((found) => ['', ...findingLines(found, terminal)])
  ]
}

function machine ({ host, driverVersion, cudaVersion }: Detection, terminal: Terminal): string[] {
  const { say, paint } = terminal
  const [free, total] = [size(host.ramFreeBytes, terminal), size(host.ramTotalBytes, terminal)]
  const facts = [
    ...host.platform === '' ? [] : [host.platform],
    ...host.environment.map((kind) => ({ wsl: 'WSL', container: say('container', '容器'), 'login-node': say('login node', '登录节点') })[kind]),
    ...host.cpuCount === 0 ? [] : [say(`${host.cpuCount} CPUs`, `${host.cpuCount} 个 CPU`)],
    ...host.ramTotalBytes === 0 ? [] : [say(`${free} of ${total} RAM free`, `内存剩余 ${free} / ${total}`)],
    ...host.disk === null ? [] : [say(`${size(host.disk.freeBytes, terminal)} free on disk`, `磁盘剩余 ${size(host.disk.freeBytes, terminal)}`)],
    ...driverVersion === null ? [] : [say(`NVIDIA driver ${driverVersion}`, `NVIDIA 驱动 ${driverVersion}`)],
    ...cudaVersion === null ? [] : [say(`up to CUDA ${cudaVersion}`, `最高支持 CUDA ${cudaVersion}`)]
  ]
  return [paint('strong', printable(host.name)), ...facts.length === 0 ? [] : [paint('faint', printable(facts.join(' · ')))]]
}

/** Which cards reach each other directly; the rest goes over PCIe. */
function links ({ gpus, topology }: Detection, { say, paint }: Terminal): string[] {
  if (topology === null || topology.links.length === 0) return []
  const place = (key: string): number => gpus.find((gpu) => gpu.key === key)?.index ?? 0
  const kind = topology.links.some((link) => link.kind === 'xgmi') ? 'XGMI' : 'NVLink'
  const islands = topology.islands.map((keys) => keys.map(place).sort((a, b) => a - b).join(', '))
  return ['', paint('faint', islands.length === 0 ? say('No NVLink: the GPUs reach each other over PCIe.', '无 NVLink：GPU 之间通过 PCIe 通信。') : say(`${kind} connects GPUs ${islands.join(' · ')}.`, `${kind} 连接 GPU ${islands.join(' · ')}。`))]
}

const MOST_PROCESSES = 20

function processTable (gpus: readonly DetectedGpu[], terminal: Terminal): string[] {
  const { say, paint } = terminal
  const processes = gpus.flatMap((gpu) => (gpu.processes ?? []).map((process) => ({ gpu: gpu.index, ...process })))
    .sort((a, b) => (b.usedBytes ?? -1) - (a.usedBytes ?? -1))
  if (processes.length === 0) return []
  const head = say('#|Process|PID|Memory', '#|进程|PID|显存').split('|')
  const rows = processes.slice(0, MOST_PROCESSES).map((p) => [String(p.gpu), shorten(p.name ?? '?'), String(p.pid), size(p.usedBytes, terminal)])
  const more = processes.length - rows.length
  return ['', ...alignColumns([head.map((cell) => paint('faint', cell)), ...rows], ['right', 'left', 'right', 'right']), ...more > 0 ? [paint('faint', say(`… and ${more} more`, `……另有 ${more} 个`))] : []]
}

/** Control characters would command the terminal. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, '?')

/** The end of a path tells more than its beginning. */
function shorten (name: string): string {
  const plain = printable(name)
  return plain.length > 60 ? `…${plain.slice(-59)}` : plain
}

const TONES: Readonly<Record<Finding['severity'], Tone>> = { info: 'faint', warning: 'warn', error: 'bad' }

const findingLines = (found: Finding, { locale, width, paint }: Terminal): string[] =>
  bullet(describeFinding(found, locale), width).map((line) => paint(TONES[found.severity], line))

const size = (b: number | null, { locale }: Terminal): string => b === null ? '?' : formatGib(bytes(b), locale)
