import { NEWEST_SCENARIOS, type ScenarioSummary } from '#shared/contract/index.ts'
import { alignColumns } from '#shared/report/index.ts'
import { formatCount, formatGib, type Bytes } from '#shared/units/index.ts'
import type { Command } from '../command.ts'
import { EXIT } from '../exit.ts'
import { withLibrary } from '../library.ts'
import { wholeNumber } from '../options.ts'
import type { Terminal } from '../terminal.ts'

const DEFAULT_LIMIT = 50

/** `headroom list [SEARCH]`: saved scenarios, newest change first. */
export const listCommand: Command = {
  options: { json: { type: 'boolean' }, limit: { type: 'string' }, trash: { type: 'boolean' } },
  async run (args, terminal) {
    const text = args.positionals.join(' ')
    const limit = wholeNumber(args, 'limit', { min: 1, max: 200 }, terminal) ?? DEFAULT_LIMIT
    const page = await withLibrary(terminal, library => library.query({ ...NEWEST_SCENARIOS, text, limit, filter: { trash: args.flag('trash') } }))
    if (args.flag('json')) await terminal.print(JSON.stringify(page.rows, null, 2))
    else if (page.rows.length === 0) terminal.printError(nothing(text, terminal))
    else await terminal.print(...table(page.rows, page.total, page.isMore, terminal))
    return EXIT.ok
  }
}

const nothing = (text: string, { say }: Terminal): string => text === ''
  ? say('The library is empty. “headroom import FILE” adds plans and scenarios.', '库为空。可用“headroom import 文件”添加方案。')
  : say(`No scenario matches “${text}”. “headroom list” shows all.`, `没有与“${text}”匹配的方案。“headroom list”列出全部。`)

function table (rows: readonly ScenarioSummary[], total: number, isMore: boolean, { say, paint, locale }: Terminal): string[] {
  const head = say('Name|Model|Algorithm|Method|Needs|Tags|Changed', '名称|模型|算法|方法|所需显存|标签|修改时间').split('|')
  const lines = rows.map((row) => [
    `${row.favourite ? '★ ' : ''}${row.name}`, row.model, row.algorithm, row.method, row.needBytes === null ? '?' : formatGib(row.needBytes as Bytes, locale), row.tags.join(', '), row.updatedAt.slice(0, 16).replace('T', ' ')
  ])
  const hidden = total - rows.length
  const count = formatCount(hidden, locale) + (isMore ? '+' : '')
  return [
    ...alignColumns([head.map((cell) => paint('faint', cell)), ...lines], ['left', 'left', 'left', 'left', 'right', 'left', 'left']),
    ...hidden > 0 ? [paint('faint', say(`… and ${count} more; narrow the search, or raise --limit`, `……另有 ${count} 个；请缩小范围或增大 --limit`))] : []
  ]
}
