import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { detectionFromText } from '#main/host/machine.ts'
import type { Detection } from '#shared/contract/index.ts'
import type { Command } from '../command.ts'
import { detectionReport } from '../detectionReport.ts'
import { EXIT, InputError, UsageError } from '../exit.ts'
import { detectOn, isUnreached, machineOf } from '../machine.ts'
import { noPositionals } from '../options.ts'
import type { Terminal } from '../terminal.ts'

/**
 * `headroom detect [--host NAME | --from FILE]`: the GPUs of this machine, of one over ssh, or of pasted output. Exit 0 also
 * without any: that is an answer. Exit 1 when a host cannot be reached.
 */
export const detectCommand: Command = {
  options: { json: { type: 'boolean' }, from: { type: 'string' }, host: { type: 'string' } },
  async run (args, terminal) {
    noPositionals(args, terminal)
    const from = args.value('from')
    const machine = machineOf(args, terminal)
    if (from !== null && machine !== 'local') throw new UsageError(terminal.say('Choose --host or --from.', '--host 与 --from 只能选其一。'))
    const detection = from === null ? await detectOn(machine) : await detectionFromFile(from, terminal)
    if (args.flag('json')) await terminal.print(JSON.stringify(detection, null, 2))
    else await terminal.print(...detectionReport(detection, terminal))
    if (isUnreached(detection)) return EXIT.failed
    return from !== null && detection.findings.some(({ code }) => code === 'unreadable-output') ? EXIT.badInput : EXIT.ok
  }
}

async function detectionFromFile (file: string, { say }: Terminal): Promise<Detection> {
  try {
    const text = file === '-' ? await readAll(process.stdin) : await readFile(file, 'utf8')
    return detectionFromText(text, file === '-' ? 'stdin' : file, new Date())
  } catch (error) {
    throw new InputError(say(`${file} cannot be read (${(error as Error).message}). Name a file with the output of nvidia-smi.`, `无法读取 ${file}（${(error as Error).message}）。请指定包含 nvidia-smi 输出的文件。`))
  }
}
