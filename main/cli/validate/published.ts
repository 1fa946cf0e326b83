import { matchGpu } from '#shared/catalog/index.ts'
import { GIB, MIB } from '#shared/units/index.ts'
import { planOfPublished } from './publishedPlan.ts'
import { CannotMap, type PublishedRow } from './publishedRow.ts'
import type { MeasuredMetric, Reading } from './row.ts'

/* Published measurements: which rows are held against the engine, and what was measured of them. */

const METRICS: Readonly<Record<string, MeasuredMetric>> = { max_allocated: 'allocated', max_reserved: 'reserved', 'nvidia-smi': 'nvidia-smi' }

/** A row that is not scored says why; the others become a plan and the bytes that were measured, by metric. */
export function readPublished (row: PublishedRow): Reading {
  const reason = notScored(row)
  if (reason) return { id: row.id, reason: `not scored: ${reason}` }
  try {
    const plan = planOfPublished(row)
    const gpu = matchGpu(row.gpu ?? '', null)
    const phases = measurementsOf(row)
    const { method, precision, runtime } = plan
    const rowClass = ['published', row.source_group, method.kind, precision.autocast === 'none' ? precision.weights : `${precision.weights} + autocast`, runtime.loss].join(' | ')
    const published = { outOfMemory: row.status === 'oom', computeCapability: gpu?.computeCapability ?? null, capacity: gpu?.memory.reportedBytes ?? null }
    return { id: row.id, rowClass, plan, phases, peak: [...phases.values()][0] ?? NaN, published }
  } catch (error) {
    if (!(error instanceof CannotMap)) throw error
    return { id: row.id, reason: `not expressible: ${error.message}` }
  }
}

/** What keeps a row from being a test of one GPU's training run, before its configuration is looked at. */
function notScored (row: PublishedRow): string | null {
  if (row.scope !== 'e2e') return `scope ${row.scope}: no training run`
  if (row.n_gpus !== 1) return row.n_gpus === null ? 'number of GPUs not stated' : 'more than one GPU'
  if (row.confidence !== 'high') return `confidence ${row.confidence}`
  if (!row.seq_len_kind?.startsWith('exact')) return 'length of the longest batch not known (the stated length is a cap)'
  if (row.status === 'oom') return null
  if (row.status !== 'ok') return `status ${row.status}`
  if (!METRICS[row.metric]) return `metric ${row.metric}: the source does not say what was read`
  return row.measured_gib === null ? 'GB or GiB is not certain' : null
}

/** `allocated`, `reserved`, `nvidia-smi` → bytes. The row's own metric comes first. */
function measurementsOf ({ status, metric, measured_gib: gib, other_measurements: other }: PublishedRow): Map<string, number> {
  const measured = new Map<string, number>()
  if (status !== 'ok') return measured
  measured.set(METRICS[metric]!, gib! * GIB)
  const smi = other?.['nvidia_smi_peak_mib_mean_over_gpus']
  if (typeof smi === 'number' && !measured.has('nvidia-smi')) measured.set('nvidia-smi', smi * MIB)
  return measured
}
