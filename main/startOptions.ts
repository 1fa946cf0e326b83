import { parseArgs } from 'node:util'

export interface StartOptions {
  readonly serve: boolean
  readonly host: string | undefined
  readonly port: number | undefined
}

export const USAGE = `npm start                    the desktop app, or the browser where there is no display
npm start -- --serve         the workbench in a browser
  --port N                   on this port; a free one by default
  --host NAME                on this address; 127.0.0.1 by default`

/** Arguments that cannot be meant. */
export class UsageError extends Error {}

/** Reads the arguments of `npm start --`. Throws a UsageError. A port or a host means served. */
export function parseStartOptions (args: readonly string[]): StartOptions {
  const { serve, host, port } = readArguments(args)
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) throw new UsageError(`--port must be a number from 0 to 65535, not "${port}".`)
  if (host === '') throw new UsageError('--host must be a name or an address, for example 127.0.0.1.')
  return { serve: serve === true || host !== undefined || port !== undefined, host, port: port === undefined ? undefined : Number(port) }
}

function readArguments (args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { serve: { type: 'boolean' }, host: { type: 'string' }, port: { type: 'string' } },
      allowPositionals: false
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
