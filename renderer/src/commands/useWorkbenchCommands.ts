import type { CommandId } from '#shared/commands/index.ts'
import { useErrorText } from '../composables/useErrorText.ts'
import { host } from '../host/client.ts'
import { useHardwareStore } from '../stores/hardwareStore.ts'
import { useLibraryStore } from '../stores/libraryStore.ts'
import { useNoticeStore } from '../stores/noticeStore.ts'
import { usePlanStore } from '../stores/planStore.ts'
import { showsPlan, VIEWS } from '../stores/route.ts'
import { useRouteStore } from '../stores/routeStore.ts'
import { useScenarioStore } from '../stores/scenarioStore.ts'
import { LANGUAGES, THEMES, useSettingsStore } from '../stores/settingsStore.ts'
import { useShellStore } from '../stores/shellStore.ts'
import type { CommandHandler } from './commandStore.ts'
import { useCommands } from './useCommands.ts'

/** One command per element, `theme.dark` and the like, that choose one of them. */
function choices<T extends string> (of: readonly T[], prefix: string, current: () => T, choose: (value: T) => void): Partial<Record<CommandId, CommandHandler>> {
  return Object.fromEntries(of.map((value) => [`${prefix}.${value}`, { run: () => choose(value), checked: () => current() === value }]))
}

/** What the window itself can be told to do; a view may add what only it can. */
export function useWorkbenchCommands (): void {
  const plan = usePlanStore()
  const scenarios = useScenarioStore()
  const hardware = useHardwareStore()
  const routes = useRouteStore()
  const settings = useSettingsStore()
  const shell = useShellStore()
  const library = useLibraryStore()
  const notices = useNoticeStore()
  const errorText = useErrorText()
  const sees = () => showsPlan(routes.route.view)

  /** A copy of the scenario as it is now, opened in its place. */
  async function duplicate (): Promise<void> {
    const scenario = scenarios.current
    if (!scenario || (scenarios.dirty && await scenarios.save())) return
    const reply = await host.invoke('scenario.duplicate', { id: scenario.id })
    const failure = reply.ok ? await scenarios.open(reply.value.id) : reply.error
    if (failure) notices.show('broken.duplicate', { kind: 'error', values: { reason: errorText(failure) } })
    else routes.open('plan')
  }

  useCommands({
    ...choices(VIEWS, 'view', () => routes.route.view, routes.open),
    ...choices(THEMES, 'theme', () => settings.theme, (theme) => { settings.theme = theme }),
    ...choices(LANGUAGES, 'language', () => settings.language, (language) => { settings.language = language }),
    'plan.new': {
      run: () => {
        plan.startNew()
        routes.open('plan')
      }
    },
    'plan.undo': { run: plan.undo, enabled: () => sees() && plan.canUndo },
    'plan.redo': { run: plan.redo, enabled: () => sees() && plan.canRedo },
    'scenario.save': { run: () => scenarios.current ? void scenarios.save() : shell.open('save') },
    'scenario.saveAs': { run: () => shell.open('save') },
    'scenario.duplicate': { run: () => void duplicate(), enabled: () => scenarios.current !== null },
    'plan.compare': {
      run: () => {
        // With the view that needs it: the first sight of the plan does not wait for it.
        void import('../stores/compareStore.ts').then(({ useCompareStore }) => {
          useCompareStore().addOpen()
          routes.open('compare')
        })
      }
    },
    'library.open': {
      run: () => {
        routes.open('library')
        library.focusSearch()
      }
    },
    'palette.open': { run: () => shell.dialog === 'palette' ? shell.close('palette') : shell.open('palette') },
    'shortcuts.open': { run: () => shell.open('shortcuts') },
    'welcome.open': {
      run: () => {
        settings.showWelcome = true
        routes.open('plan')
      }
    },
    'examples.toggle': { run: () => { settings.showExamples = !settings.showExamples }, checked: () => settings.showExamples },
    'hardware.detect': { run: () => void hardware.detect('local', true) }
  })
}
