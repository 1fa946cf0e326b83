import { computed, type ComputedRef } from 'vue'
import { describeProblem } from '#shared/plan/index.ts'
import { algorithmName, comparisonTable, methodName, type Compared, type ComparisonOptions, type ComparisonGroup, type ComparisonRow } from '#shared/report/index.ts'
import { sentenceCase } from '../../composables/formatValue.ts'
import { useErrorText } from '../../composables/useErrorText.ts'
import { useText } from '../../composables/useText.ts'
import { useCompareStore, type ShownColumn } from '../../stores/compareStore.ts'
import { usePlanStore } from '../../stores/planStore.ts'
import { useScenarioStore } from '../../stores/scenarioStore.ts'
import { settingWords } from './settingWords.ts'

/** A column with its words. `index`: its place among those that have figures; -1 without a plan. */
export interface ColumnView extends ShownColumn {
  readonly title: string
  readonly note: string
  /** Why it has no figures, or old ones. */
  readonly trouble: string | null
  readonly index: number
}

interface Comparison {
  readonly views: ComputedRef<readonly ColumnView[]>
  readonly compared: ComputedRef<readonly Compared[]>
  /** Place of the baseline among the compared; -1 when it has no figures. */
  readonly baseline: ComputedRef<number>
  readonly options: ComputedRef<ComparisonOptions>
  readonly table: ComputedRef<readonly { readonly group: ComparisonGroup, readonly rows: readonly ComparisonRow[] }[]>
  /** What the open plan is called when it becomes a column of its own. */
  readonly openTitle: ComputedRef<string>
}

/** The comparison in the language of the window. */
export function useComparison (): Comparison {
  const { t, locale } = useText()
  const errorText = useErrorText()
  const store = useCompareStore()
  const plan = usePlanStore()
  const scenarios = useScenarioStore()

  const openTitle = computed(() => {
    if (scenarios.current) return scenarios.current.name
    return plan.origin.kind === 'example' ? t('shell.example', { name: t(`examples.${plan.origin.id}`) }) : t('compare.unsaved')
  })
  const titleOf = (column: ShownColumn): string => column.name ?? (scenarios.current ? scenarios.current.name : t('compare.openPlan'))

  function noteOf (column: ShownColumn): string {
    const { estimate } = column.run ?? {}
    if (!column.plan || !estimate) return ''
    const { algorithm, method } = column.plan
    return [estimate.modelName, ...algorithm === 'sft' ? [] : [algorithmName(algorithm, locale.value)], methodName(method.kind, locale.value)].map(sentenceCase).join(' · ')
  }

  function troubleOf ({ reading, run, stale }: ShownColumn): string | null {
    if (reading?.state === 'gone') return t('compare.gone')
    if (reading?.state === 'failed') return errorText(reading.error!)
    if (run?.failure) return t('compare.engineFailed', { message: run.failure })
    if (run?.problem) return describeProblem(run.problem, locale.value)
    return stale ? t('compare.stale') : null
  }

  const views = computed<readonly ColumnView[]>(() => {
    let next = 0
    return store.shown.map((column) => ({ ...column, title: titleOf(column), note: noteOf(column), trouble: troubleOf(column), index: column.plan ? next++ : -1 }))
  })
  const compared = computed<readonly Compared[]>(() => views.value.flatMap(({ key, title, plan: own, run, verdict }) => own ? [{ id: key, name: title, plan: own, estimate: run?.estimate ?? null, verdict }] : []))
  const baseline = computed(() => views.value.find(({ key }) => key === store.baseline)?.index ?? -1)
  const options = computed<ComparisonOptions>(() => ({ baseline: Math.max(0, baseline.value), locale: locale.value, differencesOnly: store.differencesOnly && compared.value.length > 1, words: settingWords(t, locale.value) }))
  const table = computed(() => compared.value.length === 0 ? [] : comparisonTable(compared.value, options.value))

  return { views, compared, baseline, options, table, openTitle }
}
