import { describeHostError, type HostError } from '#shared/contract/index.ts'
import { useText } from './useText.ts'

/** A host error in words. One that never reached the host has its own. */
export function useErrorText (): (error: HostError) => string {
  const { t, locale } = useText()
  return (error) => (error.details as { unreachable?: boolean } | undefined)?.unreachable
    ? t('error.unreachable')
    : describeHostError(error, locale.value)
}
