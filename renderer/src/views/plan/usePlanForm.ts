import { computed, ref, type ComputedRef, type Ref } from 'vue'
import { describeRemedy, type PlanProblem } from '#shared/plan/index.ts'
import { useText } from '../../composables/useText.ts'
import { useAnswerStore } from '../../stores/answerStore.ts'
import { usePlanStore } from '../../stores/planStore.ts'
import type { Field, SectionId } from './field.ts'
import { applies, FIELDS, fieldOf, SECTIONS } from './fields.ts'

export interface FormSection {
  readonly id: SectionId
  readonly basic: readonly Field[]
  readonly advanced: readonly Field[]
  /** Some folded field has a problem: the fold must open. */
  readonly mustUnfold: boolean
}

interface PlanForm {
  readonly sections: ComputedRef<readonly FormSection[]>
  /** Sentences by field path, in the chosen language. */
  readonly errors: ComputedRef<ReadonlyMap<string, readonly string[]>>
  /** Problems that belong to no field in sight. */
  readonly general: ComputedRef<readonly PlanProblem[]>
  readonly unfolded: Ref<ReadonlySet<SectionId>>
  readonly toggle: (id: SectionId) => void
}

/** The fields that apply to the open plan, with their problems. */
export function usePlanForm (): PlanForm {
  const planStore = usePlanStore()
  const answer = useAnswerStore()
  const { locale } = useText()
  const unfolded = ref<ReadonlySet<SectionId>>(new Set())

  const fields = computed(() => FIELDS.filter((field) => applies(field, planStore.plan)))
  const owned = computed(() => answer.problems.map((problem) => ({ problem, field: fieldOf(problem.path, fields.value) })))
  const errors = computed(() => {
    const map = new Map<string, string[]>()
    for (const { problem, field } of owned.value) {
      if (field) map.set(field.path, [...map.get(field.path) ?? [], describeRemedy(problem, locale.value)])
    }
    return map
  })
  const sections = computed(() => SECTIONS.map((id) => {
    const own = fields.value.filter((field) => field.section === id)
    const advanced = own.filter((field) => field.advanced)
    return { id, basic: own.filter((field) => !field.advanced), advanced, mustUnfold: advanced.some((field) => errors.value.has(field.path)) }
  }))

  return {
    sections,
    errors,
    general: computed(() => owned.value.filter(({ field }) => !field).map(({ problem }) => problem)),
    unfolded,
    toggle (id) {
      const next = new Set(unfolded.value)
      if (!next.delete(id)) next.add(id)
      unfolded.value = next
    }
  }
}
