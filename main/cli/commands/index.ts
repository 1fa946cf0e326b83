import type { Command } from '../command.ts'

/** Commands by name. Each is loaded when it is called, so that none pays for another's data. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  estimate: async () => (await import('./estimate.ts')).estimateCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  fit: async () => (await import('./fit.ts')).fitCommand,
  compare: async () => (await import('./compare.ts')).compareCommand,
  sweep: async () => (await import('./sweep.ts')).sweepCommand,
  plan: async () => (await import('./plan.ts')).planCommand,
  profile: async () => (await import('./profile.ts')).profileCommand,
  detect: async () => (await import('./detect.ts')).detectCommand,
  watch: async () => (await import('./watch.ts')).watchCommand,
  models: async () => (await import('./models.ts')).modelsCommand,
  gpus: async () => (await import('./gpus.ts')).gpusCommand,
  list: async () => (await import('./list.ts')).listCommand,
  export: async () => (await import('./export.ts')).exportCommand,
  import: async () => (await import('./import.ts')).importCommand,
  serve: async () => (await import('./serve.ts')).serveCommand
}
