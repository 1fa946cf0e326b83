import type { DetectedGpu, Finding, FindingCode } from '#shared/contract/index.ts'
import type { ProbeRun } from '../evidence.ts'
import { finding as findingOf } from '../finding.ts'
import { recognizeFailure } from './failures.ts'
import { readReport, type Report } from './readReport.ts'

export interface NvidiaReading {
  readonly gpus: readonly DetectedGpu[]
  readonly findings: readonly Finding[]
  readonly driverVersion: string | null
  readonly cudaVersion: string | null
}

/** What a run of `nvidia-smi -q -x` says: the cards it lists, and everything worth telling. A failed run may still list some. */
export function interpret (run: ProbeRun): NvidiaReading {
  const report = readReport(run.stdout)
  const failures = failuresOf(run, report)
  if (report === null) return { gpus: [], findings: failures, driverVersion: null, cudaVersion: null }
  const { gpus, driverVersion, cudaVersion } = report
  return { gpus, findings: [...failures, ...observations(report)], driverVersion, cudaVersion }
}

const finding = (code: FindingCode, detail: string | null = null, deviceKey: string | null = null): Finding => findingOf(code, detail, { vendor: 'nvidia', deviceKey })

function failuresOf (run: ProbeRun, report: Report | null): Finding[] {
  if (run.outcome === 'not-started') return [run.startError === 'ENOENT' ? finding('no-nvidia-smi') : finding('failed', run.startError)]
  if (run.outcome === 'timed-out') return [finding('timed-out', run.stderr)]
  if (run.outcome === 'too-much-output') return [finding('too-much-output')]
  // Failure sentences come on either stream. Inside a report they could be a process name, so only what precedes it counts.
  const said = `${run.stderr}\n${report === null ? run.stdout : run.stdout.slice(0, run.stdout.indexOf('<'))}`
  const recognized = recognizeFailure(said, run.status)
  if (recognized !== null) return [recognized]
  if (run.status !== 0) return [finding('failed', `${said.trim() === '' ? '' : `${said}: `}exit ${run.status ?? 'by signal'}`)]
  if (report === null) return [finding('unreadable-output', run.stdout.trim() === '' ? null : run.stdout.trim())]
  return []
}

/** The identity total = reserved + used + free holds in nvidia-smi's reports within rounding to MiB. */
const ROUNDING = 2 * 1024 ** 2

function observations ({ gpus, complete, attached, cudaBroken }: Report): Finding[] {
  const named = (chosen: readonly DetectedGpu[]): string => chosen.map((gpu) => `GPU ${gpu.index}: ${gpu.name}`).join(', ')
  const found: Finding[] = []
  const tell = (code: Finding['code'], chosen: readonly DetectedGpu[]): void => {
    if (chosen.length > 0) found.push(finding(code, named(chosen)))
  }
  if (!complete) found.push(finding('incomplete-list', attached === null ? null : `${gpus.length} / ${attached}`))
  else if (gpus.length === 0) found.push(finding('no-devices'))
  if (cudaBroken) found.push(finding('no-cuda'))
  const silent = gpus.filter((gpu) => gpu.memory.totalBytes === null)
  tell('unified-memory', silent.filter((gpu) => gpu.unifiedMemory))
  tell('incomplete-device', silent.filter((gpu) => !gpu.unifiedMemory && !gpu.mig?.enabled))
  tell('mig-without-instances', gpus.filter((gpu) => gpu.mig?.enabled && gpu.mig.slices.length === 0))
  tell('inconsistent-memory', gpus.filter(({ memory: { totalBytes, reservedBytes, usedBytes, freeBytes } }) =>
    totalBytes !== null && usedBytes !== null && freeBytes !== null && Math.abs(totalBytes - (reservedBytes ?? 0) - usedBytes - freeBytes) > ROUNDING))
  tell('compute-restricted', gpus.filter((gpu) => gpu.computeMode !== null && /exclusive|prohibited/i.test(gpu.computeMode)))
  return found
}
