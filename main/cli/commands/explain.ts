import { compareWithSimpleSum, savingsOf, type Saving } from '#shared/advice/index.ts'
import { estimate } from '#shared/memory/index.ts'
import { reportExplanation } from '#shared/report/index.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit.ts'
import { onlyPositional } from '../options.ts'
import { problemsOf, readPlan } from '../planFile.ts'

/** `headroom explain PLAN.json`: the largest buffers at the peak, what changes would save, and why it is more than the simple sum. */
export const explainCommand: Command = {
  options: { json: { type: 'boolean' } },
  async run (args, terminal) {
    const file = onlyPositional(args, 'PLAN.json', terminal)
    const plan = await readPlan(file, terminal)
    const full = estimate(plan)
    const savings = savingsOf(plan)
    if (!full.ok) throw problemsOf(file, full.problems, terminal)
    if (!savings.ok) throw problemsOf(file, savings.problems, terminal)
    if (args.flag('json')) {
      const brief = (list: readonly Saving[]): object[] =>
        list.map(({ lever, changes, saved, byCategory, estimate: { total, allocated } }) => ({ lever, changes, saved, byCategory, total, allocated }))
      await terminal.print(JSON.stringify({
        estimate: full.value,
        savings: brief(savings.value.savings),
        applied: brief(savings.value.applied),
        simpleSum: compareWithSimpleSum(full.value)
      }, null, 2))
    } else {
      await terminal.print(...reportExplanation(full.value, savings.value, terminal))
    }
    return EXIT.ok
  }
}
