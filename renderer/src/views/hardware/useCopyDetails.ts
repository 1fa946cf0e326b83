import type { Detection } from '#shared/contract/index.ts'
import { host } from '../../host/client.ts'
import { useNoticeStore } from '../../stores/noticeStore.ts'
import { machineDetails } from './machineDetails.ts'

/** Puts a detection on the clipboard as text for a report, and says so. */
export function useCopyDetails (): (detection: Detection) => Promise<void> {
  const notices = useNoticeStore()
  return async (detection) => {
    const info = await host.invoke('app.info', {})
    try {
      await navigator.clipboard.writeText(machineDetails(detection, info.ok ? info.value.version : ''))
      notices.show('notice.copied')
    } catch {
      notices.show('notice.copyFailed', { kind: 'error' })
    }
  }
}
