import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { CommandId } from '#shared/commands/index.ts'

/** What a command does in this window. */
export interface CommandHandler {
  readonly run: () => void
  /** Absent: always. */
  readonly enabled?: () => boolean
  /** Of a choice that holds now: the theme, the open view. Absent: it is no choice. */
  readonly checked?: () => boolean
}

export type CommandHandlers = Partial<Record<CommandId, CommandHandler>>

/** The commands as they are now: a command nobody handles cannot be run, and is not offered. */
export const useCommandStore = defineStore('commands', () => {
  const handlers = shallowRef<ReadonlyMap<CommandId, CommandHandler>>(new Map())

  /** Until the returned function is called. The newest handler of a command counts. */
  function provide (own: CommandHandlers): () => void {
    const entries = Object.entries(own) as [CommandId, CommandHandler][]
    handlers.value = new Map([...handlers.value, ...entries])
    return () => {
      handlers.value = new Map([...handlers.value].filter(([id, handler]) => own[id] !== handler))
    }
  }

  const offered = (id: CommandId): boolean => handlers.value.has(id)
  const enabled = (id: CommandId): boolean => offered(id) && (handlers.value.get(id)!.enabled?.() ?? true)
  /** Null where it is no choice. */
  const checked = (id: CommandId): boolean | null => handlers.value.get(id)?.checked?.() ?? null

  /** Whether it was run. */
  function run (id: CommandId): boolean {
    if (!enabled(id)) return false
    handlers.value.get(id)!.run()
    return true
  }

  return { provide, offered, enabled, checked, run }
})
