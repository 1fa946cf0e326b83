import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { detectHardware, detectionFromText } from '#main/host/machine.ts'
import type { Detection } from '#shared/contract/index.ts'
import type { Command } from '../command.ts'
import { detectionReport } from '../detectionReport.ts'
import { EXIT, InputError } from '../exit.ts'
import { noPositionals } from '../options.ts'
import type { Terminal } from '../terminal.ts'

/** `headroom detect [--from FILE]`: the GPUs of this machine, or of pasted output. Exit 0 also without any: that is an answer. */
export const detectCommand: Command = {
  options: { json: { type: 'boolean' }, from: { type: 'string' } },
  async run (args, terminal) {
    noPositionals(args, terminal)
    const from = args.value('from')
    const detection = from === null ? await detectHardware() : await detectionFromFile(from, terminal)
    if (args.flag('json')) await terminal.print(JSON.stringify(detection, null, 2))
    else await terminal.print(...detectionReport(detection, terminal))
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
