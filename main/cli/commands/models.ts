import { parameterCount } from '#shared/architecture/index.ts'
import { searchModels, type CatalogModel } from '#shared/catalog/index.ts'
import { modelRecords } from '#shared/catalog/modelRecords.ts'
import { estimate } from '#shared/memory/index.ts'
import { defaultPlan } from '#shared/plan/index.ts'
import { alignColumns } from '#shared/report/index.ts'
import { formatCount, formatParameters, type Locale } from '#shared/units/index.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit.ts'
import { wholeNumber } from '../options.ts'
import type { Terminal } from '../terminal.ts'

const DEFAULT_LIMIT = 20

/** `headroom models [SEARCH]`: models of the catalog, best match first; as JSON with where their sizes come from. */
export const modelsCommand: Command = {
  options: { json: { type: 'boolean' }, limit: { type: 'string' } },
  async run (args, terminal) {
    const query = args.positionals.join(' ')
    const limit = wholeNumber(args, 'limit', { min: 1, max: 100_000 }, terminal) ?? DEFAULT_LIMIT
    const found = searchModels(query)
    const shown = found.slice(0, limit)
    if (args.flag('json')) {
      await terminal.print(JSON.stringify(shown.map((model) => ({ ...model, ...modelRecords[model.id], parameters: parameterCount(model.architecture)?.total ?? null, simulated: isSimulated(model) })), null, 2))
    } else if (shown.length === 0) {
      terminal.printError(terminal.say(`No model matches “${query}”. Try a family or a size: “headroom models qwen 7b”.`, `没有与“${query}”匹配的模型。可尝试系列名或规模：“headroom models qwen 7b”。`))
    } else {
      await terminal.print(...modelTable(shown, found.length, terminal))
    }
    return EXIT.ok
  }
}

function modelTable (shown: readonly CatalogModel[], found: number, { say, paint, locale }: Terminal): string[] {
  const head = say('Model|Parameters|Layers|Hidden|Released|', '模型|参数量|层数|隐藏维度|发布|').split('|')
  const rows = shown.map((model) => [
    model.id,
    parameters(model, locale),
    String(model.architecture.layers),
    formatCount(model.architecture.hiddenSize, locale),
    model.release ?? '?',
    isSimulated(model) ? '' : paint('faint', say('not simulated yet', '暂不支持'))
  ])
  const more = found - shown.length
  return [
    ...alignColumns([head.map((cell) => paint('faint', cell)), ...rows], ['left', 'right', 'right', 'right', 'right', 'left']),
    ...more > 0 ? [paint('faint', say(`… and ${formatCount(more, locale)} more; narrow the search, or raise --limit`, `……另有 ${formatCount(more, locale)} 个；请缩小范围或增大 --limit`))] : []
  ]
}

/** Whether the memory model takes the architecture. */
const isSimulated = ({ id }: CatalogModel): boolean => estimate(defaultPlan(id), { depth: 'fast' }).ok

function parameters ({ architecture }: CatalogModel, locale: Locale): string {
  const count = parameterCount(architecture)
  return count === null ? '?' : formatParameters(count.total, locale)
}
