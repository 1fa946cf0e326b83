import { findModel } from '#shared/catalog/index.ts'
import type { Plan } from '#shared/plan/index.ts'
import { algorithmName, type SettingWords } from '#shared/report/index.ts'
import type { Locale } from '#shared/units/index.ts'
import type { Translate } from '../../i18n/index.ts'
import { settingName, settingText } from '../plan/changeText.ts'
import { applies, FIELDS } from '../plan/fields.ts'
import { sentenceCase } from '../../composables/formatValue.ts'

/** What the plan form calls settings and their values; where it has no field, the last part of the path as words. */
export function settingWords (t: Translate, locale: Locale): SettingWords {
  return {
    name (path, plan) {
      if (path === 'model.id' || path === 'model.name' || path === 'model.architecture.name') return t('field.model')
      if (path === 'algorithm') return t('compare.algorithm')
      const name = settingName(path, plan, t)
      return name === path ? spelled(path) : name
    },
    text (path, value, plan) {
      if (value === undefined && !meansSomething(path, plan)) return ''
      if (path === 'model.id') return findModel(String(value))?.displayName ?? String(value)
      if (path === 'algorithm') return sentenceCase(algorithmName(value as Plan['algorithm'], locale))
      const text = settingText(path, value, plan, t, locale)
      return path === 'method.kind' ? sentenceCase(text) : text
    }
  }
}

/** Whether a plan without this setting says something by that. */
function meansSomething (path: string, plan: Plan): boolean {
  const field = FIELDS.find((one) => one.path === path && applies(one, plan))
  return field !== undefined && (field.absent !== undefined || field.kind === 'open-number')
}

/** `reinforcement.engine.gpuShare` → `Gpu share`. */
const spelled = (path: string): string => sentenceCase(path.slice(path.lastIndexOf('.') + 1).replaceAll(/(?<=[a-z])([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`))
