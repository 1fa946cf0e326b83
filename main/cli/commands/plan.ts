import { findModel, suggestModel } from '#shared/catalog/index.ts'
import { defaultMethod, defaultPlan, MethodSchema, serializePlan, type Method } from '#shared/plan/index.ts'
import { nearest } from '#shared/text/nearest.ts'
import type { Command } from '../command.ts'
import { EXIT, InputError, UsageError } from '../exit.ts'
import { noPositionals } from '../options.ts'
import type { Terminal } from '../terminal.ts'

const METHODS: readonly Method['kind'][] = MethodSchema.options.map((option) => option.entries.kind.literal)

/** `headroom plan [--model ID] [--method KIND]`: a complete plan to start from. */
export const planCommand: Command = {
  options: { model: { type: 'string' }, method: { type: 'string' } },
  async run (args, terminal) {
    noPositionals(args, terminal)
    const model = modelId(args.value('model'), terminal)
    const plan = defaultPlan(model)
    const method = defaultMethod(methodKind(args.value('method'), terminal), model)
    await terminal.print(serializePlan({ ...plan, method }).trimEnd())
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

function methodKind (wanted: string | null, { say }: Terminal): Method['kind'] {
  if (wanted === null) return 'lora'
  const known = METHODS.find((kind) => kind === wanted.toLowerCase())
  if (known !== undefined) return known
  const close = nearest(wanted, METHODS)
  throw new UsageError(close === null
    ? say(`--method is “${wanted}”; choose ${METHODS.join(', ')}.`, `--method 为“${wanted}”；可选值：${METHODS.join('、')}。`)
    : say(`--method is “${wanted}”; did you mean ${close}?`, `--method 为“${wanted}”；是否指 ${close}？`))
}
