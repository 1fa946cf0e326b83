import { NEWEST_SCENARIOS, type ScenarioSummary } from '#shared/contract/index.ts'
import type { Library } from '#main/library/index.ts'
import { nearest } from '#shared/text/nearest.ts'
import type { Command } from '../command.ts'
import { EXIT, InputError, UsageError } from '../exit.ts'
import { withLibrary } from '../library.ts'
import type { Terminal } from '../terminal.ts'

/** `headroom export NAME… | --all | --library > FILE`: scenarios as one JSON document, or the whole library as a SQLite file. */
export const exportCommand: Command = {
  options: { all: { type: 'boolean' }, library: { type: 'boolean' } },
  async run (args, terminal) {
    const { positionals } = args
    const ways = [args.flag('all'), args.flag('library'), positionals.length > 0].filter(Boolean).length
    if (ways !== 1) throw new UsageError(terminal.say('Name the scenarios to export, or give --all or --library.', '请指定要导出的方案名称，或使用 --all 或 --library。'))
    if (process.stdout.isTTY && args.flag('library')) {
      throw new UsageError(terminal.say('A library is no text. Write it to a file: headroom export --library > library.db', '库文件不是文本。请写入文件：headroom export --library > library.db'))
    }
    await withLibrary(terminal, async (library) => {
      if (args.flag('library')) {
        await write(library.copy(Infinity).bytes)
        return
      }
      const ids = args.flag('all') ? null : positionals.map(name => idOf(library, name, terminal))
      const { text, leftOut } = library.export(ids, LARGEST)
      if (leftOut > 0) terminal.printError(terminal.say(`Left out, since this version cannot read them: ${leftOut}.`, `当前版本无法读取、未导出的方案：${leftOut} 个。`))
      await write(text)
    })
    return EXIT.ok
  }
}

/** Characters that one string may have, with room to spare. */
const LARGEST = 400 * 1024 * 1024

const write = (content: string | Buffer): Promise<void> => new Promise((resolve) => { process.stdout.write(content, () => { resolve() }) })

/** By name, also when only upper and lower case differ. */
function idOf (library: Library, name: string, { say }: Terminal): string {
  const exact = library.idOf(name)
  if (exact !== null) return exact
  const close = library.query({ ...NEWEST_SCENARIOS, text: name.slice(0, 200) }).rows
  const alike = onlyAlike(close, name)
  if (alike) return alike.id
  const meant = close[0]?.name ?? nearest(name, library.query(NEWEST_SCENARIOS).rows.map(row => row.name))
  throw new InputError(meant === null
    ? say(`No scenario is named “${name}”. “headroom list” shows all.`, `没有名为“${name}”的方案。“headroom list”列出全部。`)
    : say(`No scenario is named “${name}”; did you mean “${meant}”? “headroom list” shows all.`, `没有名为“${name}”的方案，是否指“${meant}”？“headroom list”列出全部。`))
}

function onlyAlike (rows: readonly ScenarioSummary[], name: string): ScenarioSummary | undefined {
  const alike = rows.filter(row => row.name.toLowerCase() === name.toLowerCase())
  return alike.length === 1 ? alike[0] : undefined
}
