import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n, loadLanguage, LOCALES } from './i18n/index.ts'
import { useSettingsStore } from './stores/settingsStore.ts'
import './styles/index.css'

const app = createApp(App).use(createPinia()).use(i18n)
await loadLanguage(useSettingsStore().locale)
app.mount('#app')
// The other one, so that switching takes no time.
requestIdleCallback(() => { for (const locale of LOCALES) void loadLanguage(locale) })
