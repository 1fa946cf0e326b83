import { describeRefusal, type DeviceVerdict, type Outcome } from '../../fit/index.ts'
import { CATEGORIES, PHASE_KINDS, type Estimate } from '../../memory/index.ts'
import type { Plan } from '../../plan/index.ts'
import { formatPercent, type Locale } from '../../units/index.ts'
import { algorithmName, categoryName, methodName, outcomeName, phaseName } from '../names.ts'

/** One scenario in a comparison. `verdict`: on the card it is judged against; null without one. */
export interface Compared {
  readonly id: string
  readonly name: string
  readonly plan: Plan
  /** Null when the plan has no estimate. */
  readonly estimate: Estimate | null
  readonly verdict: DeviceVerdict | null
}

/** What settings are called and how their values read where a form has words for them. Absent: the document's paths and values. */
export interface SettingWords {
  readonly name: (path: string, plan: Plan) => string
  /** Of a value that is no number; undefined: the document lacks it. */
  readonly text: (path: string, value: unknown, plan: Plan) => string
}

export const COMPARISON_GROUPS = ['verdict', 'memory', 'phases', 'categories', 'host', 'settings'] as const
export type ComparisonGroup = (typeof COMPARISON_GROUPS)[number]

/** bytes and numbers have deltas; text and outcomes have not. */
export type CellKind = 'bytes' | 'number' | 'text' | 'outcome'

export interface ComparisonRow {
  /** The same in every comparison: `memory.total`, `settings.data.microBatch`. */
  readonly key: string
  readonly group: ComparisonGroup
  readonly label: string
  readonly kind: CellKind
  /** One per scenario; null where it has none. */
  readonly cells: readonly (number | string | null)[]
  /** What each differs from the baseline; null for the baseline, for text and where either has none. */
  readonly deltas: readonly (number | null)[]
  readonly differs: boolean
}

const LABELS = {
  'verdict.outcome': { en: 'Verdict', zh: '结论' },
  'verdict.gpu': { en: 'Judged on', zh: '评估显卡' },
  'verdict.margin': { en: 'Margin', zh: '余量' },
  'verdict.largest': { en: 'Largest part', zh: '占用最多' },
  'verdict.refusal': { en: 'Not supported', zh: '不支持' },
  'memory.total': { en: 'Total on the GPU', zh: '显存总量' },
  'memory.high': { en: 'Upper end of the interval', zh: '区间上限' },
  'memory.reserved': { en: 'Reserved', zh: '已保留' },
  'memory.allocated': { en: 'Allocated', zh: '已分配' },
  'memory.engine': { en: 'Rollout engine', zh: '推理引擎' },
  'host.loading': { en: 'Host RAM while loading', zh: '加载时内存' },
  'host.training': { en: 'Host RAM while training', zh: '训练时内存' },
  'host.disk': { en: 'Disk', zh: '磁盘' },
  'settings.parameters': { en: 'Parameters', zh: '参数量' },
  'settings.trainable': { en: 'Trained parameters', zh: '可训练参数' }
} as const satisfies Record<string, Record<Locale, string>>

type Figure = keyof typeof LABELS

/** All rows of a comparison, in the order of display. `baseline`: index of the scenario that the others are measured against. */
export function compareScenarios (columns: readonly Compared[], baseline: number, locale: Locale, words: SettingWords | null = null): ComparisonRow[] {
  const row = (key: string, group: ComparisonGroup, label: string, kind: CellKind, cell: (column: Compared) => number | string | null): ComparisonRow => {
    const cells = columns.map(cell)
    const base = cells[baseline] ?? null
    const hasDelta = kind === 'bytes' || kind === 'number'
    return {
      key, group, label, kind, cells,
      deltas: cells.map((value, i) => hasDelta && i !== baseline && typeof value === 'number' && typeof base === 'number' ? value - base : null),
      differs: cells.some((value) => value !== base)
    }
  }
  const figure = (key: Figure, kind: CellKind, cell: (column: Compared) => number | string | null): ComparisonRow =>
    row(key, key.slice(0, key.indexOf('.')) as ComparisonGroup, LABELS[key][locale], kind, cell)
  const kinds = PHASE_KINDS.filter((kind) => columns.some(({ estimate }) => estimate?.phases.some((phase) => phase.kind === kind)))
  const rows = [
    figure('verdict.outcome', 'outcome', ({ verdict }) => verdict?.outcome ?? null),
    figure('verdict.gpu', 'text', ({ verdict }) => verdict?.device.name ?? null),
    figure('verdict.margin', 'bytes', ({ verdict }) => verdict?.margin ?? null),
    figure('verdict.largest', 'text', ({ verdict }) => verdict && `${categoryName(verdict.dominant.category, locale)} (${formatPercent(verdict.dominant.share, locale)})`),
    figure('verdict.refusal', 'text', ({ verdict }) => verdict && verdict.refusals.length > 0 ? verdict.refusals.map((refusal) => describeRefusal(refusal, verdict.device, locale)).join(' ') : null),
    figure('memory.total', 'bytes', ({ estimate }) => estimate?.total.expected ?? null),
    figure('memory.high', 'bytes', ({ estimate }) => estimate?.total.high ?? null),
    figure('memory.reserved', 'bytes', ({ estimate }) => estimate?.reserved.expected ?? null),
    figure('memory.allocated', 'bytes', ({ estimate }) => estimate?.allocated ?? null),
    figure('memory.engine', 'bytes', ({ estimate }) => estimate?.engine?.awake.expected ?? null),
    ...kinds.map((kind) => row(`phases.${kind}`, 'phases', phaseName(kind, locale), 'bytes', ({ estimate }) => highest(estimate, kind))),
    ...CATEGORIES.map((category) => row(`categories.${category}`, 'categories', categoryName(category, locale), 'bytes', ({ estimate }) => estimate?.breakdown[category] ?? null)),
    figure('host.loading', 'bytes', ({ estimate }) => estimate?.host?.loading.expected ?? null),
    figure('host.training', 'bytes', ({ estimate }) => estimate?.host?.training.expected ?? null),
    figure('host.disk', 'bytes', ({ estimate }) => estimate?.disk?.expected ?? null),
    figure('settings.parameters', 'number', ({ estimate }) => estimate?.parameters.total ?? null),
    figure('settings.trainable', 'number', ({ estimate }) => estimate?.parameters.trainable ?? null),
    ...settingPaths(columns, baseline).map((path) => {
      const values = columns.map(({ plan }) => valueAt(plan, path))
      const kind = values.every((value) => value === undefined || typeof value === 'number') ? 'number' : 'text'
      const owner = columns.find(({ plan }) => valueAt(plan, path) !== undefined)!.plan
      return row(`settings.${path}`, 'settings', words?.name(path, owner) ?? path, kind, (column) => shown(valueAt(column.plan, path), path, column.plan, locale, words))
    })
  ]
  return rows.filter(({ cells }) => cells.some((cell) => cell !== null))
}

const highest = (estimate: Estimate | null, kind: string): number | null => {
  const peaks = (estimate?.phases ?? []).filter((phase) => phase.kind === kind).map((phase) => phase.peak)
  return peaks.length === 0 ? null : Math.max(...peaks)
}

/** Every setting that some scenario has, in the order of the baseline's document; others after their neighbours. */
function settingPaths (columns: readonly Compared[], baseline: number): string[] {
  const base = columns[baseline]
  if (!base) return []
  const paths = leaves(base.plan)
  for (const { plan } of columns) {
    let at = 0
    for (const path of leaves(plan)) {
      const known = paths.indexOf(path)
      if (known < 0) paths.splice(at, 0, path)
      at = (known < 0 ? at : known) + 1
    }
  }
  return paths
}

/** Lists are one setting. A config.json is none: its name and counts stand for it. */
function leaves (value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  return Object.entries(value).filter(([key]) => path === '' ? key !== 'type' && key !== 'version' : path !== 'model' || key !== 'config')
    .flatMap(([key, inner]) => inner === undefined ? [] : leaves(inner, path === '' ? key : `${path}.${key}`))
}

function valueAt (plan: Plan, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined, plan)
}

function shown (value: unknown, path: string, plan: Plan, locale: Locale, words: SettingWords | null): number | string | null {
  if (typeof value === 'number') return value
  const sectionIsThere = typeof valueAt(plan, path.slice(0, path.lastIndexOf('.'))) === 'object' || !path.includes('.')
  if (words && sectionIsThere) return words.text(path, value, plan) || null
  if (value === undefined || value === null) return null
  if (path === 'algorithm') return algorithmName(value as Plan['algorithm'], locale)
  if (path === 'method.kind') return methodName(value as Plan['method']['kind'], locale)
  if (typeof value === 'boolean') return value ? locale === 'zh' ? '是' : 'yes' : locale === 'zh' ? '否' : 'no'
  if (typeof value === 'string') return value
  return Array.isArray(value) ? value.join(', ') : JSON.stringify(value)
}

/** The cell of an outcome in words. */
export const outcomeCell = (value: number | string | null, locale: Locale): string => value === null ? '' : outcomeName(value as Outcome, locale)
