import type { ParseArgsConfig } from 'node:util'
import type { ExitCode } from './exit.ts'
import type { Arguments } from './options.ts'
import type { Terminal } from './terminal.ts'

/** One command of the line: what it takes and what it does. */
export interface Command {
  readonly options: NonNullable<ParseArgsConfig['options']>
  readonly run: (args: Arguments, terminal: Terminal) => Promise<ExitCode>
}
