import { computed, type ComputedRef } from 'vue'
import { commandTitle } from '#shared/commands/index.ts'
import { useText } from '../../composables/useText.ts'
import { usePlanStore, type Workspace } from '../../stores/planStore.ts'
import { stepName } from './stepName.ts'

/** What undo and redo would do now, as their buttons say it. */
export function useStepNames (): { readonly undo: ComputedRef<string>, readonly redo: ComputedRef<string> } {
  const { t, locale } = useText()
  const plan = usePlanStore()
  const name = (from: Workspace | undefined, to: Workspace | undefined) => from && to ? stepName(from, to, t, locale.value) : null
  return {
    undo: computed(() => {
      const step = name(plan.before, plan.current)
      return step === null ? commandTitle('plan.undo', locale.value) : t('step.undo', { step })
    }),
    redo: computed(() => {
      const step = name(plan.current, plan.after)
      return step === null ? commandTitle('plan.redo', locale.value) : t('step.redo', { step })
    })
  }
}
