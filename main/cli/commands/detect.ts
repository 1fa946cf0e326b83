import { detectHardware } from '#main/host/machine.ts'
import type { Command } from '../command.ts'
import { detectionReport } from '../detectionReport.ts'
import { EXIT } from '../exit.ts'
import { noPositionals } from '../options.ts'

/** `headroom detect`: this machine's GPUs. Exit 0 also without any: that is an answer. */
export const detectCommand: Command = {
  options: { json: { type: 'boolean' } },
  async run (args, terminal) {
    noPositionals(args, terminal)
    const detection = await detectHardware()
    if (args.flag('json')) await terminal.print(JSON.stringify(detection, null, 2))
    else await terminal.print(...detectionReport(detection, terminal))
    return EXIT.ok
  }
}
