import { expect, test } from 'vitest'
import { defaultPlan } from '#shared/plan/index.ts'
import { applyProfile, PROFILES } from '#shared/plan/profiles/index.ts'
import { i18n, type Translate } from '../../i18n/index.ts'
import { settingName, settingText } from './changeText.ts'

const t: Translate = (key, values) => i18n.global.t(key, values ?? {})
const plan = defaultPlan()

test('a setting is called as in the form, its value as the option there', () => {
  expect(settingName('runtime.loss', plan, t)).toBe('Loss')
  expect(settingText('runtime.loss', 'trl-chunked', plan, t, 'en')).toBe('TRL chunked')
  expect(settingText('optimizer.clipGradNorm', true, plan, t, 'en')).toBe('On')
  expect(settingText('optimizer.clipGradNorm', undefined, plan, t, 'en')).toBe('Off')
  expect(settingText('runtime.checkpointOffload', undefined, plan, t, 'en')).toBe('GPU')
  expect(settingText('runtime.fusedKernels', ['rms-norm', 'rope'], plan, t, 'en')).toBe('RMSNorm, RoPE')
  expect(settingText('data.sequenceLength', 4096, plan, t, 'en')).toBe('4,096')
  expect(settingName('data.lengths.longest', plan, t)).toBe('Lengths: Longest')
  expect(settingText('data.lengths', { mean: 412, p95: 1800, longest: 4096 }, plan, t, 'en')).toBe('412 / 1,800 / 4,096')
  expect(settingText('data.lengths', undefined, plan, t, 'en')).toBe('Off')
})

test('every change that a profile makes has a name in the form', () => {
  for (const { id } of PROFILES) {
    const { changes, plan: applied } = applyProfile(plan, id)!
    for (const { path } of changes) expect(settingName(path, applied, t), path).not.toBe(path)
  }
})
