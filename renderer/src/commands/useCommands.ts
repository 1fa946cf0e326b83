import { onScopeDispose } from 'vue'
import { useCommandStore, type CommandHandlers } from './commandStore.ts'

/** Handles commands for as long as the component is there. */
export function useCommands (handlers: CommandHandlers): void {
  onScopeDispose(useCommandStore().provide(handlers))
}
