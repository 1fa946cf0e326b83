import { open } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import type { ImportEntry } from '#shared/contract/index.ts'
import { alignColumns } from '#shared/report/index.ts'
import type { Command } from '../command.ts'
import { EXIT, InputError } from '../exit.ts'
import { withLibrary } from '../library.ts'
import { onlyPositional } from '../options.ts'
import { unreadable } from '../planFile.ts'
import type { Terminal } from '../terminal.ts'

/** Bytes of a file that is read at once; in base64 still one string. */
const LARGEST = 256 * 1024 * 1024

/** `headroom import FILE [--preview]`: adds what a file holds under free names; what is there already is left alone. */
export const importCommand: Command = {
  options: { preview: { type: 'boolean' }, json: { type: 'boolean' } },
  async run (args, terminal) {
    const file = onlyPositional(args, 'FILE', terminal)
    const text = await readExchanged(file, terminal)
    const entries = await withLibrary(terminal, (library) => {
      const preview = library.previewImport(text)
      const chosen = preview.filter(({ state }) => state === 'new' || state === 'renamed').map(({ index, name, suggestion }) => ({ index, name: suggestion ?? name }))
      if (!args.flag('preview') && chosen.length > 0) library.import(text, chosen)
      return preview
    })
    if (args.flag('json')) await terminal.print(JSON.stringify(entries, null, 2))
    else await terminal.print(...report(entries, args.flag('preview'), terminal))
    return entries.some(({ state }) => state === 'refused') ? EXIT.badInput : EXIT.ok
  }
}

/** JSON as text, a library in base64. */
async function readExchanged (file: string, terminal: Terminal): Promise<string> {
  const bytes = file === '-' ? await buffer(process.stdin) : await readFileUpTo(file, terminal)
  if (bytes.length > LARGEST) throw tooLarge(file, terminal)
  return bytes.toString(bytes.toString('latin1', 0, 15) === 'SQLite format 3' ? 'base64' : 'utf8')
}

async function readFileUpTo (file: string, terminal: Terminal): Promise<Buffer> {
  const handle = await open(file).catch((error: unknown) => { throw unreadable(file, error, terminal.say) })
  try {
    if ((await handle.stat()).size > LARGEST) throw tooLarge(file, terminal)
    return await handle.readFile()
  } catch (error) {
    throw error instanceof InputError ? error : unreadable(file, error, terminal.say)
  } finally {
    await handle.close()
  }
}

const tooLarge = (file: string, { say }: Terminal): InputError => new InputError(say(
  `${file} is larger than ${LARGEST / 1024 ** 2} MiB. Export fewer scenarios at a time; a whole library is moved by copying its file (see “Where your work is kept” in README.md).`,
  `${file} 超过 ${LARGEST / 1024 ** 2} MiB。请分批导出；整个库可直接复制其文件（参见 README.md）。`
))

function report (entries: readonly ImportEntry[], preview: boolean, terminal: Terminal): string[] {
  const { say, paint } = terminal
  const count = (state: ImportEntry['state'][]): number => entries.filter(entry => state.includes(entry.state)).length
  const [added, same, refused] = [count(['new', 'renamed']), count(['same']), count(['refused'])]
  const rows = entries.slice(0, SHOWN).map(entry => [paint(entry.state === 'refused' ? 'bad' : entry.state === 'same' ? 'faint' : 'good', word(entry, terminal)), entry.name, detail(entry, terminal)])
  return [
    ...alignColumns(rows, ['left', 'left', 'left']),
    ...entries.length > SHOWN ? [paint('faint', say(`… and ${entries.length - SHOWN} more`, `……另有 ${entries.length - SHOWN} 个`))] : [],
    preview
      ? say(`Would add ${added}; there already: ${same}; refused: ${refused}. Nothing was changed.`, `将添加 ${added} 个；已存在 ${same} 个；拒绝 ${refused} 个。未作任何改动。`)
      : say(`Added ${added}; there already: ${same}; refused: ${refused}.`, `已添加 ${added} 个；已存在 ${same} 个；拒绝 ${refused} 个。`)
  ]
}

const SHOWN = 100

const word = ({ state }: ImportEntry, { say }: Terminal): string =>
  ({ new: say('new', '新增'), renamed: say('new', '新增'), same: say('same', '相同'), refused: say('refused', '拒绝') })[state]

function detail ({ state, suggestion, problem, model, method }: ImportEntry, { say, locale }: Terminal): string {
  if (state === 'refused') return problem?.[locale] ?? ''
  return state === 'renamed' ? say(`name taken; becomes “${suggestion ?? ''}”`, `名称已占用，改为“${suggestion ?? ''}”`) : `${model} · ${method}`
}
