import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { SavedTarget, TargetSource } from '#shared/contract/index.ts'
import { DEFAULT_RESERVE } from '#shared/fit/index.ts'
import { defaultMethod, defaultPlan, type Algorithm, type CustomArchitecture, type Method, type Plan, type PlanProblem } from '#shared/plan/index.ts'
import { EXAMPLES, type ExampleId } from './examples.ts'
import { algorithmSections, asAlgorithm, suitedTo, type AlgorithmSections } from './algorithmChange.ts'
import { createHistory } from './history.ts'
import { sameJson, setAt } from './immutable.ts'

/** What is being worked on: the plan, what it is judged against, and where it came from. One immutable value. */
export interface Workspace {
  readonly plan: Plan
  readonly target: SavedTarget
  readonly origin: Origin
}

/** what-if: a column of the comparison that is not saved. */
export type Origin =
  | { readonly kind: 'example', readonly id: ExampleId }
  | { readonly kind: 'scenario', readonly id: string }
  | { readonly kind: 'what-if', readonly id: string, readonly name: string }
  | { readonly kind: 'new' }

/** Text in a field that is no value of its type, kept until it is corrected. */
export interface Draft {
  readonly text: string
  readonly problem: PlanProblem
}

/** Before anything is known of the machine: a consumer card and a data-centre card beside it. */
export const STARTING_TARGET: SavedTarget = {
  sources: [
    { kind: 'machine', machine: 'local', devices: null },
    { kind: 'catalog', gpuId: 'rtx-4090' },
    { kind: 'catalog', gpuId: 'a100-sxm4-80gb' }
  ],
  memory: 'free',
  reserve: DEFAULT_RESERVE
}

/** The same machine or card, whatever is chosen of it. */
export const sameSource = (a: TargetSource, b: TargetSource): boolean =>
  a.kind === 'machine' ? b.kind === 'machine' && a.machine === b.machine
    : a.kind === 'catalog' ? b.kind === 'catalog' && a.gpuId === b.gpuId
      : b.kind === 'paper' && a.id === b.id

export const usePlanStore = defineStore('plan', () => {
  const history = createHistory<Workspace>({ plan: EXAMPLES.lora, target: STARTING_TARGET, origin: { kind: 'example', id: 'lora' } })
  const drafts = shallowRef<ReadonlyMap<string, Draft>>(new Map())
  /** The settings each method last had, so that looking at another method costs nothing. */
  const remembered = new Map<Method['kind'], Method>()
  const rememberedSections = new Map<Algorithm, AlgorithmSections>()

  const plan = computed(() => history.current.value.plan)
  const target = computed(() => history.current.value.target)
  const origin = computed(() => history.current.value.origin)

  function change (next: Partial<Workspace>): void {
    const merged = { ...history.current.value, ...next }
    if (!sameJson(merged, history.current.value)) history.commit(merged)
  }

  function edit (path: string, value: unknown): void {
    keepDraft(path, null)
    change({ plan: setAt(plan.value, path, value) })
  }

  /** A changed plan as one step; what was typed at `path` is settled by it. */
  function adopt (next: Plan, path?: string): void {
    if (path === undefined) dropDrafts()
    else keepDraft(path, null)
    change({ plan: next })
  }

  function keepDraft (path: string, draft: Draft | null): void {
    if (!draft && !drafts.value.has(path)) return
    const next = new Map(drafts.value)
    if (draft) next.set(path, draft)
    else next.delete(path)
    drafts.value = next
  }

  function dropDrafts (prefix = ''): void {
    drafts.value = new Map([...drafts.value].filter(([path]) => !path.startsWith(prefix)))
  }

  const modelId = (): string | undefined => 'id' in plan.value.model ? plan.value.model.id : undefined

  /** A method as it comes is made anew for the model, whose layers may have other names; one that was changed stays. */
  function chooseModel (id: string): void {
    dropDrafts('model')
    const { method } = plan.value
    const untouched = sameJson(method, defaultMethod(method.kind, modelId()))
    change({ plan: { ...plan.value, model: { id }, method: untouched ? defaultMethod(method.kind, id) : method } })
  }

  function typeArchitecture (architecture: CustomArchitecture): void {
    change({ plan: { ...plan.value, model: { architecture } } })
  }

  function chooseMethod (kind: Method['kind']): void {
    const current = plan.value.method
    if (current.kind === kind) return
    dropDrafts('method')
    remembered.set(current.kind, current)
    change({ plan: suitedTo(plan.value, remembered.get(kind) ?? defaultMethod(kind, modelId())) })
  }

  function chooseAlgorithm (algorithm: Algorithm): void {
    if (plan.value.algorithm === algorithm) return
    for (const section of ['preference', 'reinforcement']) dropDrafts(section)
    rememberedSections.set(plan.value.algorithm, algorithmSections(plan.value))
    change({ plan: asAlgorithm(plan.value, algorithm, rememberedSections.get(algorithm)) })
  }

  const changeReserve = (reserve: number) => change({ target: { ...target.value, reserve } })
  const changeMemory = (memory: SavedTarget['memory']) => change({ target: { ...target.value, memory } })
  const setSources = (sources: readonly TargetSource[]) => change({ target: { ...target.value, sources: [...sources] } })
  const addSource = (source: TargetSource) => setSources([...target.value.sources.filter((other) => !sameSource(other, source)), source])
  const replaceSource = (source: TargetSource) => setSources(target.value.sources.map((other) => sameSource(other, source) ? source : other))
  const removeSource = (source: TargetSource) => setSources(target.value.sources.filter((other) => !sameSource(other, source)))

  /** A saved machine has another id now, in every step of the past too. */
  function replaceMachine (id: string, by: string): void {
    history.rewrite((entry) => ({ ...entry, target: { ...entry.target, sources: entry.target.sources.map((source) => source.kind === 'paper' && source.id === id ? { ...source, id: by } : source) } }))
  }

  /** The machine has cards of its own: the suggested ones go, unless the target was already chosen. */
  function dropSuggestedGpus (): void {
    history.rewrite((entry) => sameJson(entry.target, STARTING_TARGET) ? { ...entry, target: { ...STARTING_TARGET, sources: STARTING_TARGET.sources.filter((source) => source.kind === 'machine') } } : entry)
  }

  function loadExample (id: ExampleId): void {
    dropDrafts()
    change({ plan: EXAMPLES[id], origin: { kind: 'example', id } })
  }

  /** The default plan, on the hardware that is set; what was open is one undo away. */
  function startNew (): void {
    dropDrafts()
    change({ plan: defaultPlan(), origin: { kind: 'new' } })
  }

  function openScenario (id: string, opened: Plan, savedTarget: SavedTarget): void {
    dropDrafts()
    change({ plan: opened, target: savedTarget, origin: { kind: 'scenario', id } })
  }

  function openWhatIf (id: string, name: string, opened: Plan, savedTarget: SavedTarget): void {
    dropDrafts()
    change({ plan: opened, target: savedTarget, origin: { kind: 'what-if', id, name } })
  }

  /** The open plan, with its past, now belongs to this scenario (or to none). */
  function adoptOrigin (next: Origin): void {
    const before = origin.value
    history.rewrite((entry) => sameJson(entry.origin, before) ? { ...entry, origin: next } : entry)
  }

  function step (move: () => void): void {
    dropDrafts()
    move()
  }

  return {
    plan,
    target,
    origin,
    drafts,
    canUndo: history.canUndo,
    canRedo: history.canRedo,
    current: history.current,
    before: history.before,
    after: history.after,
    edit,
    adopt,
    keepDraft,
    chooseModel,
    typeArchitecture,
    chooseMethod,
    chooseAlgorithm,
    changeReserve,
    changeMemory,
    setSources,
    addSource,
    replaceSource,
    replaceMachine,
    removeSource,
    dropSuggestedGpus,
    loadExample,
    startNew,
    openScenario,
    openWhatIf,
    adoptOrigin,
    beginGesture: history.begin,
    endGesture: history.end,
    cancelGesture: history.cancel,
    undo: () => step(history.undo),
    redo: () => step(history.redo)
  }
})
