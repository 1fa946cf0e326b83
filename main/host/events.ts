import type { EventName, EventPayload } from '#shared/contract/index.ts'

export type EventListener = <E extends EventName>(name: E, payload: EventPayload<E>) => void

export interface Events {
  readonly emit: EventListener
  /** Hears every event until the returned function is called. */
  readonly subscribe: (listener: EventListener) => () => void
}

export function createEvents (): Events {
  const listeners = new Set<EventListener>()
  return {
    emit: (name, payload) => {
      for (const listener of listeners) listener(name, payload)
    },
    subscribe: listener => {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    }
  }
}
