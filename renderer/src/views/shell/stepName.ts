import { differences, type Plan } from '#shared/plan/index.ts'
import { algorithmName } from '#shared/report/index.ts'
import type { Locale } from '#shared/units/index.ts'
import type { Translate } from '../../i18n/index.ts'
import { sameJson } from '../../stores/immutable.ts'
import type { Workspace } from '../../stores/planStore.ts'
import { settingName, settingText } from '../plan/changeText.ts'

/** What leads from one state of the workspace to the next, in a few words: for the buttons and menus that undo or redo it. */
export function stepName (from: Workspace, to: Workspace, t: Translate, locale: Locale): string {
  if (!sameJson(from.origin, to.origin)) {
    switch (to.origin.kind) {
      case 'example': return t('step.example', { name: t(`examples.${to.origin.id}`) })
      case 'scenario': return t('step.scenario')
      case 'new': return t('step.new')
      case 'what-if': return to.origin.name
    }
  }
  if (!sameJson(from.plan, to.plan)) return planStep(from.plan, to.plan, t, locale)
  if (from.target.reserve !== to.target.reserve) return t('step.reserve')
  if (from.target.memory !== to.target.memory) return t('step.memory')
  return t('step.hardware')
}

function planStep (from: Plan, to: Plan, t: Translate, locale: Locale): string {
  const changes = differences(from, to)
  // A new model, method or algorithm brings settings of its own: its name says enough.
  const head = changes.find(({ path }) => path === 'algorithm') ?? changes.find(({ path }) => path === 'model' || path.startsWith('model.')) ?? changes.find(({ path }) => path === 'method.kind')
  if (head?.path === 'algorithm') return algorithmName(to.algorithm, locale)
  if (head?.path.startsWith('model')) return t('step.model')
  if (head) return t('step.change', { setting: settingName(head.path, to, t), value: settingText(head.path, head.to, to, t, locale) })
  const [first, ...others] = changes
  if (!first) return t('step.hardware')
  if (others.length > 0) return t('step.several', { setting: settingName(first.path, to, t), count: others.length })
  const value = settingText(first.path, first.to, to, t, locale)
  return value.length > 24 ? settingName(first.path, to, t) : t('step.change', { setting: settingName(first.path, to, t), value })
}
