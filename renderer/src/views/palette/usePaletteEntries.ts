import { computed, type ComputedRef, type Ref } from 'vue'
import { searchModels } from '#shared/catalog/index.ts'
import { command, COMMAND_IDS, keysOf, matchScore, rank, type CommandId } from '#shared/commands/index.ts'
import { applyProfile, PROFILES } from '#shared/plan/index.ts'
import { useCommandStore } from '../../commands/commandStore.ts'
import { keyboard } from '../../composables/keyboard.ts'
import { useText } from '../../composables/useText.ts'
import { EXAMPLE_IDS } from '../../stores/examples.ts'
import { useNoticeStore } from '../../stores/noticeStore.ts'
import { usePlanStore } from '../../stores/planStore.ts'
import { useRouteStore } from '../../stores/routeStore.ts'
import { useStepNames } from '../shell/useStepNames.ts'
import type { PaletteEntry, PaletteGroup, Scored } from './paletteEntry.ts'

const MOST_MODELS = 8
/** A model is worth less than a command or a scenario that matches as well: there are many of them. */
const MODEL_WEIGHT = 0.85

/** What the window itself can offer for a query: commands, examples, models, framework defaults. */
export function usePaletteEntries (query: Ref<string>): ComputedRef<readonly Scored[]> {
  const { t, locale } = useText()
  const commands = useCommandStore()
  const plan = usePlanStore()
  const routes = useRouteStore()
  const notices = useNoticeStore()
  const steps = useStepNames()

  const entry = (group: PaletteGroup, key: string, title: string, run: () => void, more: Partial<PaletteEntry> = {}): PaletteEntry =>
    ({ key: `${group}-${key}`, group, title, detail: '', keys: [], checked: false, run, ...more })

  function commandEntry (id: CommandId): PaletteEntry {
    const { title, shortcuts } = command(id)
    const named = id === 'plan.undo' ? steps.undo.value : id === 'plan.redo' ? steps.redo.value : title[locale.value]
    return entry('commands', id, named, () => { commands.run(id) }, { keys: shortcuts?.[0] ? keysOf(shortcuts[0], keyboard) : [], checked: commands.checked(id) ?? false })
  }

  /** On the plan, where it is seen what it did. */
  const onPlan = (run: () => void) => () => {
    run()
    routes.open('plan')
  }

  function adoptProfile (id: string, name: string): void {
    const applied = applyProfile(plan.plan, id)
    if (!applied) return
    plan.adopt(applied.plan)
    notices.show('savings.applied', { values: { name }, action: { label: 'action.undo', run: plan.undo } })
  }

  return computed(() => {
    const text = query.value.trim()
    const ids = COMMAND_IDS.filter((id) => id !== 'palette.open' && commands.enabled(id))
    const scored: Scored[] = rank(ids, text, (id) => {
      const { title, keywords } = command(id)
      return { title: title[locale.value], also: `${title.en} ${title.zh} ${keywords ?? ''}` }
    }).map(({ item, score }) => ({ entry: commandEntry(item), score }))
    const examples = rank(EXAMPLE_IDS, text, (id) => ({ title: t(`examples.${id}`), also: t('examples.title') }))
      .map(({ item, score }) => ({ entry: entry('examples', item, t(`examples.${item}`), onPlan(() => plan.loadExample(item))), score: text === '' ? 0.5 : score }))
    if (text === '') return [...scored, ...examples]
    const models = searchModels(text, MOST_MODELS).map(({ id, displayName }, i) => ({
      entry: entry('models', id, displayName, onPlan(() => plan.chooseModel(id)), { detail: `${id} · ${t('palette.modelDetail')}` }),
      score: Math.max(matchScore(text, `${displayName} ${id}`), 0.5) * MODEL_WEIGHT - i / 1000
    }))
    const frameworks = rank(PROFILES, text, ({ name, version }) => ({ title: name, also: `${version} ${t('palette.frameworks')}` }))
      .map(({ item: { id, name, version }, score }) => ({ entry: entry('frameworks', id, name, onPlan(() => adoptProfile(id, name)), { detail: `${version} · ${t('palette.frameworkDetail')}` }), score }))
    return [...scored, ...examples, ...models, ...frameworks]
  })
}
