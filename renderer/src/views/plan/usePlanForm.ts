import { computed, ref, type ComputedRef, type Ref } from 'vue'
import type { PlanProblem } from '#shared/plan/index.ts'
import type { MessageKey } from '../../i18n/index.ts'
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

/** Sections that an algorithm brings along have their words beside its fields. */
const BROUGHT = ['algorithm', 'preference', 'rollout', 'models'] as const
type Brought = (typeof BROUGHT)[number]
const isBrought = (id: SectionId): id is Brought => (BROUGHT as readonly string[]).includes(id)
export const sectionLabel = (id: SectionId): MessageKey => isBrought(id) ? `rlhf.section.${id}` : `section.${id}`

const NO_PROBLEMS: readonly PlanProblem[] = []

interface PlanForm {
  readonly sections: ComputedRef<readonly FormSection[]>
  /** By field path; the same empty list where there are none. */
  readonly problemsOf: (path: string) => readonly PlanProblem[]
  /** Problems that belong to no field in sight. */
  readonly general: ComputedRef<readonly PlanProblem[]>
  readonly unfolded: Ref<ReadonlySet<SectionId>>
  readonly toggle: (id: SectionId) => void
}

/** The fields that apply to the open plan, with their problems. */
export function usePlanForm (): PlanForm {
  const planStore = usePlanStore()
  const answer = useAnswerStore()
  const unfolded = ref<ReadonlySet<SectionId>>(new Set())

  const fields = computed(() => FIELDS.filter((field) => applies(field, planStore.plan)))
  const owned = computed(() => answer.problems.map((problem) => ({ problem, field: fieldOf(problem.path, fields.value) })))
  const errors = computed(() => {
    const map = new Map<string, PlanProblem[]>()
    for (const { problem, field } of owned.value) {
      if (field) map.set(field.path, [...map.get(field.path) ?? [], problem])
    }
    return map
  })
  const sections = computed(() => SECTIONS.map((id) => {
    const own = fields.value.filter((field) => field.section === id)
    const advanced = own.filter((field) => field.advanced)
    return { id, basic: own.filter((field) => !field.advanced), advanced, mustUnfold: advanced.some((field) => errors.value.has(field.path)) }
  }).filter(({ basic, advanced }) => basic.length + advanced.length > 0))

  return {
    sections,
    problemsOf: (path) => errors.value.get(path) ?? NO_PROBLEMS,
    general: computed(() => owned.value.filter(({ field }) => !field).map(({ problem }) => problem)),
    unfolded,
    toggle (id) {
      const next = new Set(unfolded.value)
      if (!next.delete(id)) next.add(id)
      unfolded.value = next
    }
  }
}
