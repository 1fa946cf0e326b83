import { onMounted, onUnmounted } from 'vue'

/** Runs when the window is hidden or goes away: the last moment at which something can be written. */
export function useLeave (run: () => void): void {
  const hidden = (): void => { if (document.visibilityState === 'hidden') run() }
  onMounted(() => {
    window.addEventListener('pagehide', run)
    document.addEventListener('visibilitychange', hidden)
  })
  onUnmounted(() => {
    window.removeEventListener('pagehide', run)
    document.removeEventListener('visibilitychange', hidden)
  })
}
