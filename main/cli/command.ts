import type { ParseArgsConfig } from 'node:util'
import type { ExitCode } from './exit.ts'
import type { Arguments } from './options.ts'
import type { Terminal } from './terminal.ts'

export interface Command {
  readonly options: NonNullable<ParseArgsConfig['options']>
  readonly run: (args: Arguments, terminal: Terminal) => Promise<ExitCode>
}

/** Commands by name. Each is loaded when it is called, so that none pays for another's data. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  estimate: async () => (await import('./commands/estimate.ts')).estimateCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  fit: async () => (await import('./commands/fit.ts')).fitCommand,
  plan: async () => (await import('./commands/plan.ts')).planCommand,
  profile: async () => (await import('./commands/profile.ts')).profileCommand,
  detect: async () => (await import('./commands/detect.ts')).detectCommand,
  models: async () => (await import('./commands/models.ts')).modelsCommand,
  gpus: async () => (await import('./commands/gpus.ts')).gpusCommand,
  serve: async () => (await import('./commands/serve.ts')).serveCommand
}
