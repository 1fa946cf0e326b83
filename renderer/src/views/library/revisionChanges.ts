import { findGpu } from '#shared/catalog/index.ts'
import type { ScenarioDraft, TargetSource } from '#shared/contract/index.ts'
import { differences, type Plan } from '#shared/plan/index.ts'
import { formatPercent, type Locale } from '#shared/units/index.ts'
import type { Translate } from '../../i18n/index.ts'
import { sameJson } from '../../stores/immutable.ts'
import { settingName, settingText } from '../plan/changeText.ts'
import { algorithmText, modelText } from './scenarioWords.ts'

/** One thing that differs between two versions, in words. */
export interface RevisionChange {
  readonly label: string
  readonly from: string
  readonly to: string
}

export interface Words {
  readonly t: Translate
  readonly locale: Locale
  /** A saved machine on paper, null when it is gone. */
  readonly machineName: (id: string) => string | null
}

const modelOf = ({ model }: Plan): string => 'id' in model ? modelText(model.id) : 'config' in model ? model.name : model.architecture.name

function sourceText (source: TargetSource, { t, machineName }: Words): string {
  if (source.kind === 'catalog') return findGpu(source.gpuId)?.name ?? source.gpuId
  if (source.kind === 'paper') return machineName(source.id) ?? source.id
  return source.machine === 'local' ? t('library.thisMachine') : source.machine.replace(/^ssh:/, '')
}

/** A section that only one of two plans has is told setting by setting. */
function leaves (path: string, from: unknown, to: unknown): { path: string, from: unknown, to: unknown }[] {
  const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
  if ((isRecord(from) || isRecord(to)) && (from === undefined || to === undefined || from === null || to === null)) {
    const keys = Object.keys((isRecord(from) ? from : to) as object)
    return keys.flatMap((key) => leaves(`${path}.${key}`, isRecord(from) ? from[key] : undefined, isRecord(to) ? to[key] : undefined))
  }
  return [{ path, from, to }]
}

function planChanges (before: Plan, after: Plan, { t, locale }: Words): RevisionChange[] {
  const model = sameJson(before.model, after.model) ? [] : [{ label: t('field.model'), from: modelOf(before), to: modelOf(after) }]
  const others = differences(before, after)
    .flatMap(({ path, from, to }) => leaves(path, from, to))
    .filter(({ path }) => path !== 'model' && !path.startsWith('model.') && path !== 'version')
    .map(({ path, from, to }) => path === 'algorithm'
      ? { label: t('library.algorithm'), from: algorithmText(String(from), locale), to: algorithmText(String(to), locale) }
      : { label: settingName(path, to === undefined ? before : after, t), from: settingText(path, from, before, t, locale), to: settingText(path, to, after, t, locale) })
  return [...model, ...others.filter(({ from, to }) => from !== to)]
}

/** What differs between two versions of a scenario, as the form and the target call it. */
export function revisionChanges (before: ScenarioDraft, after: ScenarioDraft, words: Words): RevisionChange[] {
  const { t, locale } = words
  const target = (draft: ScenarioDraft): string => draft.target.sources.map((source) => sourceText(source, words)).join(', ') || t('library.noDevice')
  const rows: RevisionChange[] = [
    { label: t('library.name'), from: before.name, to: after.name },
    ...planChanges(before.plan, after.plan, words),
    { label: t('library.target'), from: target(before), to: target(after) },
    { label: t('library.memory'), from: t(before.target.memory === 'free' ? 'library.memoryFree' : 'library.memoryTotal'), to: t(after.target.memory === 'free' ? 'library.memoryFree' : 'library.memoryTotal') },
    { label: t('library.reserve'), from: formatPercent(before.target.reserve, locale), to: formatPercent(after.target.reserve, locale) }
  ]
  return rows.filter(({ from, to }) => from !== to)
}
