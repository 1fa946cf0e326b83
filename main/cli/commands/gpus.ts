import { capacityBasis, capacityOf, searchGpus, type CatalogGpu } from '#shared/catalog/index.ts'
import { gpuRecords } from '#shared/catalog/gpuRecords.ts'
import { alignColumns } from '#shared/report/index.ts'
import { formatCount, formatGib, type Locale } from '#shared/units/index.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit.ts'
import { wholeNumber } from '../options.ts'
import type { Terminal } from '../terminal.ts'

const DEFAULT_LIMIT = 20

/** `headroom gpus [SEARCH]`: cards of the catalog, best match first; as JSON with where their figures come from. */
export const gpusCommand: Command = {
  options: { json: { type: 'boolean' }, limit: { type: 'string' } },
  async run (args, terminal) {
    const query = args.positionals.join(' ')
    const limit = wholeNumber(args, 'limit', { min: 1, max: 100_000 }, terminal) ?? DEFAULT_LIMIT
    const found = searchGpus(query)
    const shown = found.slice(0, limit)
    if (args.flag('json')) await terminal.print(JSON.stringify(shown.map((gpu) => ({ ...gpu, ...gpuRecords[gpu.id] })), null, 2))
    else if (shown.length === 0) terminal.printError(terminal.say(`No card matches “${query}”. Try a shorter name: “headroom gpus 4090”.`, `没有与“${query}”匹配的显卡。可尝试更短的名称：“headroom gpus 4090”。`))
    else await terminal.print(...gpuTable(shown, found.length, terminal))
    return EXIT.ok
  }
}

function gpuTable (shown: readonly CatalogGpu[], found: number, { say, paint, locale }: Terminal): string[] {
  const head = say('Id|Card|Usable|Compute|Year', 'Id|显卡|可用显存|计算能力|年份').split('|')
  const rows = shown.map((gpu) => [gpu.id, gpu.name, memory(gpu, locale), gpu.computeCapability ?? gpu.gfxTarget ?? '?', String(gpu.year ?? '?')])
  const notes = [
    ...shown.some((gpu) => capacityBasis(gpu) === 'nominal') ? [say('* nominal size; a process may get up to 7% less', '* 标称容量；进程实际可用可能少至 7%')] : [],
    ...found > shown.length ? [say(`… and ${formatCount(found - shown.length, locale)} more; narrow the search, or raise --limit`, `……另有 ${formatCount(found - shown.length, locale)} 种；请缩小范围或增大 --limit`)] : []
  ]
  return [
    ...alignColumns([head.map((cell) => paint('faint', cell)), ...rows], ['left', 'left', 'right', 'right', 'right']),
    ...notes.map((note) => paint('faint', note))
  ]
}

function memory (gpu: CatalogGpu, locale: Locale): string {
  const capacity = capacityOf(gpu)
  if (capacity === null) return '?'
  return formatGib(capacity, locale) + (capacityBasis(gpu) === 'nominal' ? '*' : ' ')
}
