import type { EventName, EventPayload, HostReply, MethodInput, MethodName, MethodOutput } from '#shared/contract/index.ts'

/** lost: it does not answer. expired: it was started again and does not know this page any more. */
export type Connection = 'open' | 'lost' | 'expired'

export interface HostClient {
  /** Never throws: an unreachable host is a reply with an error like any other. */
  readonly invoke: <M extends MethodName>(method: M, input: MethodInput<M>) => Promise<HostReply<MethodOutput<M>>>
  readonly subscribe: <E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void) => () => void
  /** Calls back when the host is lost, and when it is found again. */
  readonly watchConnection: (listener: (state: Connection) => void) => () => void
  /** Looks for the host now. */
  readonly reconnect: () => Promise<void>
}

export const unreachable = (error: unknown): HostReply<never> => ({
  ok: false,
  error: { code: 'internal', message: error instanceof Error ? error.message : String(error), details: { unreachable: true } }
})
