import { onScopeDispose } from 'vue'
import { host } from '../../host/client.ts'
import { useNoticeStore } from '../../stores/noticeStore.ts'
import { useRouteStore } from '../../stores/routeStore.ts'
import { errorDetails } from './viewError.ts'

/** Tells of errors of the workbench itself, and puts them on the clipboard. */
export function useCopyError (): { copy: (error: unknown, view: string) => Promise<void>, tell: (error: unknown) => void } {
  const notices = useNoticeStore()
  const routes = useRouteStore()

  async function copy (error: unknown, view: string): Promise<void> {
    const info = await host.invoke('app.info', {})
    try {
      await navigator.clipboard.writeText(errorDetails(error, view, info.ok ? info.value.version : null))
      notices.show('notice.copied')
    } catch {
      notices.show('notice.copyFailed', { kind: 'error' })
    }
  }

  function tell (error: unknown): void {
    const { view } = routes.route
    notices.show('broken.background', {
      kind: 'error',
      values: { message: error instanceof Error ? error.message : String(error) },
      action: { label: 'broken.copy', run: () => void copy(error, view) }
    })
  }

  return { copy, tell }
}

/** Tells of what no component caught: a promise that was refused, an error in a timer. */
export function useUncaught (): void {
  const { tell } = useCopyError()
  const hear = (event: ErrorEvent | PromiseRejectionEvent): void => {
    // Of itself, the browser tells that elements were resized twice in a frame: nobody's error.
    if (event instanceof ErrorEvent && event.message.startsWith('ResizeObserver')) return
    tell(event instanceof ErrorEvent ? event.error ?? event.message : event.reason)
  }
  window.addEventListener('error', hear)
  window.addEventListener('unhandledrejection', hear)
  onScopeDispose(() => {
    window.removeEventListener('error', hear)
    window.removeEventListener('unhandledrejection', hear)
  })
}
