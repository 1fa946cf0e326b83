import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { MessageKey } from '../i18n/index.ts'

export interface Notice {
  readonly id: number
  readonly kind: 'info' | 'error'
  readonly text: MessageKey
  readonly values: Readonly<Record<string, string | number>>
  readonly action: { readonly label: MessageKey, readonly run: () => void } | null
}

/** Short messages about something that just happened, each with at most one thing to do about it. */
export const useNoticeStore = defineStore('notices', () => {
  const notices = ref<readonly Notice[]>([])
  let next = 1

  function show (text: MessageKey, options: Partial<Pick<Notice, 'kind' | 'values' | 'action'>> = {}): void {
    const notice: Notice = { id: next++, kind: 'info', values: {}, action: null, text, ...options }
    notices.value = [...notices.value.slice(-2), notice]
  }

  function dismiss (id: number): void {
    notices.value = notices.value.filter((notice) => notice.id !== id)
  }

  return { notices, show, dismiss }
})
