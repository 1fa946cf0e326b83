import type { DetectedGpu, Finding, FindingCode } from '#shared/contract/index.ts'
import type { ProbeRun } from '../evidence.ts'
import { finding as findingOf } from '../finding.ts'
import { recognizeFailure } from './failures.ts'
import { readReport, type Report } from './readReport.ts'

export interface SmiReading extends Pick<Report, 'gpus' | 'driverVersion' | 'cudaVersion' | 'migDevices'> {
  readonly findings: readonly Finding[]
}

/** What a run of `nvidia-smi -q -x` says: the cards it lists, and everything worth telling. A failed run may still list some. */
export function interpret (run: ProbeRun): SmiReading {
  const report = readReport(run.stdout)
  const failures = failuresOf(run, report)
  if (report === null) return { gpus: [], findings: failures, driverVersion: null, cudaVersion: null, migDevices: new Map() }
  return { ...withoutDoubt(report), findings: [...failures, ...observations(report)] }
}

const finding = (code: FindingCode, detail: string | null = null, deviceKey: string | null = null): Finding => findingOf(code, detail, { vendor: 'nvidia', deviceKey })

function failuresOf (run: ProbeRun, report: Report | null): Finding[] {
  if (run.outcome === 'not-started') return [run.startError === 'ENOENT' ? finding('no-nvidia-smi') : finding('failed', run.startError)]
  if (run.outcome === 'timed-out') return [finding('timed-out', run.stderr)]
  if (run.outcome === 'too-much-output') return [finding('too-much-output')]
  const said = `${run.stderr}\n${report === null ? run.stdout : aroundReport(run.stdout)}`
  const recognized = recognizeFailure(said, run.status)
  if (recognized !== null) return [recognized]
  if (run.status !== 0) return [finding('failed', `${said.trim() === '' ? '' : `${said}: `}exit ${run.status ?? 'by signal'}`)]
  if (report === null) return [finding('unreadable-output', run.stdout.trim() === '' ? null : run.stdout.trim())]
  return []
}

/** Failure sentences come on either stream. Inside a report they could be a process name, so only what stands around it counts. */
function aroundReport (text: string): string {
  const end = text.lastIndexOf('</nvidia_smi_log>')
  return `${text.slice(0, text.indexOf('<'))}\n${end < 0 ? '' : text.slice(end + '</nvidia_smi_log>'.length)}`
}

/** The identity total = reserved + used + free holds in nvidia-smi's reports within rounding to MiB. */
const ROUNDING = 2 * 1024 ** 2

const isDoubtful = ({ memory: { totalBytes, reservedBytes, usedBytes, freeBytes } }: DetectedGpu): boolean =>
  totalBytes !== null && usedBytes !== null && freeBytes !== null && Math.abs(totalBytes - (reservedBytes ?? 0) - usedBytes - freeBytes) > ROUNDING

/** Of figures that contradict each other, only the total is kept. */
function withoutDoubt (report: Report): Report {
  const gpus = report.gpus.map((gpu) => isDoubtful(gpu) ? { ...gpu, memory: { ...gpu.memory, reservedBytes: null, usedBytes: null, freeBytes: null } } : gpu)
  return { ...report, gpus }
}

/** Everything that a report lets one say about its cards. */
export function observations ({ gpus, remarks, complete, attached, cudaBroken, migUnknown = false }: Report): Finding[] {
  const found: Finding[] = []
  const tell = (code: FindingCode, chosen: readonly DetectedGpu[], detail: string | null = null): void => {
    if (chosen.length > 0) found.push(finding(code, [...chosen.map((gpu) => `GPU ${gpu.index}: ${gpu.name}`), ...detail === null ? [] : [detail]].join(', '), chosen.length === 1 ? chosen[0]!.key : null))
  }
  if (!complete) found.push(finding('incomplete-list', attached === null ? null : `${gpus.length} / ${attached}`))
  else if (gpus.length === 0) found.push(finding('no-devices'))
  if (cudaBroken) found.push(finding('no-cuda'))
  for (const code of new Set(remarks.map((remark) => remark.code))) {
    const own = remarks.filter((remark) => remark.code === code)
    tell(code, own.map(({ gpu }) => gpu), own.find(({ detail }) => detail !== null)?.detail ?? null)
  }
  const isTold = (gpu: DetectedGpu): boolean => remarks.some((remark) => remark.gpu === gpu && remark.code === 'gpu-lost')
  tell('unified-memory', gpus.filter((gpu) => gpu.unifiedMemory))
  tell('incomplete-device', gpus.filter((gpu) => gpu.memory.totalBytes === null && !gpu.unifiedMemory && !gpu.mig?.enabled && !isTold(gpu)))
  tell('mig-without-instances', gpus.filter((gpu) => !migUnknown && gpu.mig?.enabled && gpu.mig.instances === 0))
  tell('inconsistent-memory', gpus.filter(isDoubtful))
  tell('compute-restricted', gpus.filter((gpu) => gpu.computeMode !== null && /exclusive|prohibited/i.test(gpu.computeMode)))
  return found
}
