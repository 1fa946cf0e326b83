import { describeFinding, type DetectedGpu, type Detection, type Finding } from '#shared/contract/index.ts'
import { alignColumns, bullet, type Tone } from '#shared/report/index.ts'
import { bytes, formatGib } from '#shared/units/index.ts'
import type { Terminal } from './terminal.ts'

/** What was detected, as lines: the machine, its GPUs with their processes, and every finding. */
export function detectionReport (detection: Detection, terminal: Terminal): string[] {
  return [
    ...machine(detection, terminal),
    ...detection.gpus.length > 0 ? ['', ...gpuTable(detection.gpus, terminal)] : [],
    ...processTable(detection.gpus, terminal),
    ...detection.findings.flatMap((found) => ['', ...findingLines(found, terminal)])
  ]
}

function machine ({ host, driverVersion, cudaVersion }: Detection, terminal: Terminal): string[] {
  const { say, paint } = terminal
  const [free, total] = [size(host.ramFreeBytes, terminal), size(host.ramTotalBytes, terminal)]
  const driver = [
    ...driverVersion === null ? [] : [say(`NVIDIA driver ${driverVersion}`, `NVIDIA 驱动 ${driverVersion}`)],
    ...cudaVersion === null ? [] : [say(`up to CUDA ${cudaVersion}`, `最高支持 CUDA ${cudaVersion}`)]
  ]
  const facts = [host.platform, say(`${host.cpuCount} CPUs`, `${host.cpuCount} 个 CPU`), say(`${free} of ${total} RAM free`, `内存剩余 ${free} / ${total}`), ...driver]
  return [paint('strong', host.name), paint('faint', facts.join(' · '))]
}

function gpuTable (gpus: readonly DetectedGpu[], terminal: Terminal): string[] {
  const { say, paint } = terminal
  const head = say('#|GPU|Total|In use|Free|Compute|', '#|GPU|总显存|已用|剩余|计算能力|').split('|')
  const rows = gpus.flatMap((gpu) => {
    const { totalBytes, usedBytes, freeBytes } = gpu.memory
    const memory = [totalBytes, usedBytes, freeBytes].map((b) => size(b, terminal))
    const slices = (gpu.mig?.enabled ? gpu.mig.slices : []).map((slice) =>
      ['', `  MIG ${slice.gpuInstance}`, ...[slice.memory.totalBytes, slice.memory.usedBytes, slice.memory.freeBytes].map((b) => size(b, terminal)), '', ''])
    return [[String(gpu.index), gpu.name, ...memory, gpu.computeCapability ?? '?', paint('faint', traits(gpu, terminal))], ...slices]
  })
  return alignColumns([head.map((cell) => paint('faint', cell)), ...rows], ['right', 'left', 'right', 'right', 'right', 'right', 'left'])
}

function traits (gpu: DetectedGpu, { say }: Terminal): string {
  return [
    ...gpu.displayActive ? [say('drives a display', '连接显示器')] : [],
    ...gpu.unifiedMemory ? [say('shares the machine’s memory', '与系统共用内存')] : [],
    ...gpu.mig?.enabled ? [say('divided by MIG', '已用 MIG 划分')] : []
  ].join(', ')
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

/** The end of a path tells more than its beginning. Control characters would command the terminal. */
function shorten (name: string): string {
  const printable = name.replaceAll(/\p{Cc}/gu, '?')
  return printable.length > 60 ? `…${printable.slice(-59)}` : printable
}

const TONES: Readonly<Record<Finding['severity'], Tone>> = { info: 'faint', warning: 'warn', error: 'bad' }

const findingLines = (found: Finding, { locale, width, paint }: Terminal): string[] =>
  bullet(describeFinding(found, locale), width).map((line) => paint(TONES[found.severity], line))

const size = (b: number | null, { locale }: Terminal): string => b === null ? '?' : formatGib(bytes(b), locale)
