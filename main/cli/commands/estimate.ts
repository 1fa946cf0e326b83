import { estimate } from '#shared/memory/index.ts'
import { reportEstimate } from '#shared/report/index.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../exit.ts'
import { noPositionals, onlyPositional } from '../options.ts'
import { problemsOf, readPlan } from '../planFile.ts'
import { estimateBatch } from './estimateBatch.ts'

/** `headroom estimate PLAN.json`, `headroom estimate --batch PLANS.jsonl` */
export const estimateCommand: Command = {
  options: { json: { type: 'boolean' }, batch: { type: 'string' }, fast: { type: 'boolean' } },
  async run (args, terminal) {
    const depth = args.flag('fast') ? 'fast' : 'full'
    const batch = args.values('batch')
    if (batch.length > 1) throw new UsageError(terminal.say('Give --batch once.', '--batch 只能给出一次。'))
    if (batch[0] !== undefined) {
      noPositionals(args, terminal)
      return estimateBatch(batch[0], depth, terminal)
    }
    const file = onlyPositional(args, 'PLAN.json', terminal)
    const result = estimate(await readPlan(file, terminal), { depth })
    if (!result.ok) throw problemsOf(file, result.problems, terminal)
    if (args.flag('json')) await terminal.print(JSON.stringify(result.value, null, 2))
    else await terminal.print(...reportEstimate(result.value, terminal))
    return EXIT.ok
  }
}
