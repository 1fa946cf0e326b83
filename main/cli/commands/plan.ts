import { findModel, suggestModel } from '#shared/catalog/index.ts'
import { ALGORITHMS, defaultMethod, defaultPlan, MethodSchema, serializePlan, withAlgorithm, type Algorithm, type Method } from '#shared/plan/index.ts'
import { nearest } from '#shared/text/nearest.ts'
import type { Command } from '../command.ts'
import { EXIT, InputError, UsageError } from '../exit.ts'
import { noPositionals } from '../options.ts'
import type { Terminal } from '../terminal.ts'

const METHODS: readonly Method['kind'][] = MethodSchema.options.map((option) => option.entries.kind.literal)

/** `headroom plan [--model ID] [--method KIND] [--algorithm NAME]`: a complete plan to start from. */
export const planCommand: Command = {
  options: { model: { type: 'string' }, method: { type: 'string' }, algorithm: { type: 'string' } },
  async run (args, terminal) {
    noPositionals(args, terminal)
    const model = modelId(args.value('model'), terminal)
    const plan = defaultPlan(model)
    const method = defaultMethod(choose('method', METHODS, args.value('method'), 'lora', terminal), model)
    const algorithm = choose<Algorithm>('algorithm', ALGORITHMS, args.value('algorithm'), 'sft', terminal)
    await terminal.print(serializePlan(withAlgorithm({ ...plan, method }, algorithm)).trimEnd())
    return EXIT.ok
  }
}

/** The name is kept as typed when the catalog knows it: an alias is another release of the same shape. */
function modelId (wanted: string | null, { say }: Terminal): string | undefined {
  if (wanted === null || findModel(wanted) !== null) return wanted ?? undefined
  const close = suggestModel(wanted)
  throw new InputError(close === null
    ? say(`“${wanted}” is not in the catalog. Search with “headroom models”.`, `目录中没有“${wanted}”。可用“headroom models”搜索。`)
    : say(`“${wanted}” is not in the catalog; did you mean ${close}? Search with “headroom models”.`, `目录中没有“${wanted}”，是否指 ${close}？可用“headroom models”搜索。`))
}

/** One of the choices, however it is written; the usual one when nothing is asked for. */
function choose<T extends string> (option: string, choices: readonly T[], wanted: string | null, usual: T, { say }: Terminal): T {
  if (wanted === null) return usual
  const known = choices.find((choice) => choice === wanted.toLowerCase())
  if (known !== undefined) return known
  const close = nearest(wanted, choices)
  throw new UsageError(close === null
    ? say(`--${option} is “${wanted}”; choose ${choices.join(', ')}.`, `--${option} 为“${wanted}”；可选值：${choices.join('、')}。`)
    : say(`--${option} is “${wanted}”; did you mean ${close}?`, `--${option} 为“${wanted}”；是否指 ${close}？`))
}
