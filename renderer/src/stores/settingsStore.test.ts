import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test, vi } from 'vitest'
import { nextTick } from 'vue'
import { i18n } from '../i18n/index.ts'
import { localeOf, useSettingsStore } from './settingsStore.ts'

const kept = new Map<string, string>()

beforeEach(() => {
  kept.clear()
  vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) })
  vi.stubGlobal('navigator', { languages: ['fr-FR', 'zh-TW', 'en'] })
  setActivePinia(createPinia())
})

test('the language is the system’s first that there is, until one is chosen', async () => {
  expect(localeOf(['fr-FR', 'zh-TW', 'en'])).toBe('zh')
  expect(localeOf(['ja'])).toBe('en')
  const settings = useSettingsStore()
  expect(settings.locale).toBe('zh')
  vi.stubGlobal('navigator', { languages: ['en-GB'] })
  settings.followSystem()
  expect(settings.locale).toBe('en')
  expect(i18n.global.locale.value).toBe('en')
  settings.locale = 'zh'
  settings.followSystem()
  expect(settings.locale).toBe('zh')
  await nextTick()
  expect(kept.get('headroom.language')).toBe('zh')
})

test('what was chosen is remembered, and what is no choice is not', async () => {
  kept.set('headroom.theme', 'dark')
  kept.set('headroom.language', 'klingon')
  const settings = useSettingsStore()
  expect(settings.theme).toBe('dark')
  expect(settings.language).toBe('system')
  expect(settings.showWelcome).toBe(true)
  settings.showWelcome = false
  await nextTick()
  setActivePinia(createPinia())
  expect(useSettingsStore().showWelcome).toBe(false)
})
