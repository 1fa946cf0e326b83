import * as v from 'valibot'
import { METHODS, type HostError, type HostReply, type MethodName } from '#shared/contract/index.ts'
import { LibraryError } from '#main/library/index.ts'
import type { Handler, Handlers, HostContext } from './context.ts'
import { appHandlers } from './handlers/app.ts'
import { hardwareHandlers } from './handlers/hardware.ts'
import { libraryHandlers } from './handlers/library.ts'
import { machineHandlers } from './handlers/machines.ts'
import { monitorHandlers } from './handlers/monitor.ts'
import { runHandlers } from './handlers/runs.ts'
import { scenarioHandlers } from './handlers/scenarios.ts'

const HANDLERS: Handlers = { ...appHandlers, ...libraryHandlers, ...hardwareHandlers, ...machineHandlers, ...monitorHandlers, ...runHandlers, ...scenarioHandlers }

const isMethod = (name: string): name is MethodName => Object.hasOwn(METHODS, name)

/** Answers one call of the contract, whatever it is given. Never throws: everything that goes wrong is in the reply. */
export async function dispatch (name: string, input: unknown, context: HostContext): Promise<HostReply<unknown>> {
  if (!isMethod(name)) return refuse({ code: 'unknown-method', message: `There is no method "${name}".`, details: { name } })
  const parsed = v.safeParse(METHODS[name].input, input)
  if (!parsed.success) {
    const problems = parsed.issues.map(issue => ({ path: v.getDotPath(issue) ?? '', message: issue.message }))
    const list = problems.map(({ path, message }) => path ? `${path}: ${message}` : message).join('; ')
    return refuse({ code: 'invalid-input', message: `The input of ${name} is not valid. ${list}`, details: { problems } })
  }
  try {
    // METHODS and Handlers have the same keys, so the parsed input is the one this handler takes.
    const handler = HANDLERS[name] as Handler<typeof name> as (input: unknown, context: HostContext) => unknown
    return { ok: true, value: await handler(parsed.output, context) }
  } catch (error) {
    return refuse(toHostError(error))
  }
}

const refuse = (error: HostError): HostReply<never> => ({ ok: false, error })

function toHostError (error: unknown): HostError {
  if (error instanceof LibraryError) return { code: error.code, message: error.message, details: error.details }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error), details: {} }
}
