import { onScopeDispose, ref, watch } from 'vue'
import { useNoticeStore } from '../stores/noticeStore.ts'

const LIFETIME = 12_000

/** Lets notices go after a while, but never under the pointer or while one has the focus. */
export function useNoticeTimers (): { hold: () => void, release: () => void } {
  const store = useNoticeStore()
  const held = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  watch([() => store.notices, held], () => {
    clearTimeout(timer)
    const oldest = store.notices[0]
    if (oldest && !held.value) timer = setTimeout(() => store.dismiss(oldest.id), LIFETIME)
  })
  onScopeDispose(() => clearTimeout(timer))

  return {
    hold () {
      held.value = true
    },
    release () {
      held.value = false
    }
  }
}
