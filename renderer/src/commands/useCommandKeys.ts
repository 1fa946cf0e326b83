import { onMounted, onScopeDispose } from 'vue'
import { command, COMMAND_IDS, isStroke, type CommandId } from '#shared/commands/index.ts'
import { keyboard, ownsUndo, takesText } from '../composables/keyboard.ts'
import { host } from '../host/client.ts'
import { useCommandStore } from './commandStore.ts'

const STEPS: readonly CommandId[] = ['plan.undo', 'plan.redo']

/** Runs commands by their keys, and by the menu of the desktop app. A field that wants a key for itself stops the event. */
export function useCommandKeys (): void {
  const commands = useCommandStore()

  function handle (event: KeyboardEvent): void {
    if (event.isComposing) return
    const shortcutOf = (id: CommandId) => command(id).shortcuts?.find((shortcut) => isStroke(shortcut, event, keyboard))
    const id = COMMAND_IDS.find((one) => shortcutOf(one))
    if (!id) return
    const at = document.activeElement
    if (shortcutOf(id)!.bare && takesText(at)) return
    if (STEPS.includes(id) && ownsUndo(at)) return
    if (!commands.offered(id)) return
    // The browser's own meaning of the key would take the user out of the workbench, whether the command can run now or not.
    event.preventDefault()
    // A dialog is finished or left before anything else; only the palette may take its place.
    if (at?.closest('[role="dialog"]') && id !== 'palette.open') return
    commands.run(id)
  }

  function choose (id: CommandId): void {
    if (STEPS.includes(id) && ownsUndo(document.activeElement)) document.execCommand(id === 'plan.undo' ? 'undo' : 'redo')
    else commands.run(id)
  }

  onMounted(() => window.addEventListener('keydown', handle))
  onScopeDispose(() => window.removeEventListener('keydown', handle))
  onScopeDispose(host.subscribe('command.chosen', ({ id }) => choose(id)))
}
