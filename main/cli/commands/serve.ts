import type { Command } from '../command.ts'
import { EXIT, InputError } from '../exit.ts'
import { noPositionals, wholeNumber } from '../options.ts'

/** `headroom serve [--host H] [--port N]`: the workbench for a browser, until Ctrl+C. */
export const serveCommand: Command = {
  options: { host: { type: 'string' }, port: { type: 'string' } },
  async run (args, terminal) {
    noPositionals(args, terminal)
    const port = wholeNumber(args, 'port', { min: 0, max: 65_535 }, terminal)
    const host = args.value('host')
    const { serve } = await import('#main/headless/index.ts')
    try {
      const { url } = await serve({ host: host ?? undefined, port: port ?? undefined })
      await terminal.print(url)
      terminal.printError(terminal.say('Open this address in a browser; whoever has it can use the workbench. Ctrl+C ends it.', '请在浏览器中打开此地址；持有该地址的人均可使用工作台。按 Ctrl+C 结束。'))
    } catch (error) {
      throw new InputError((error as Error).message)
    }
    // The server keeps the process alive.
    return EXIT.ok
  }
}
