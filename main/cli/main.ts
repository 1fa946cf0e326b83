import { nearest } from '#shared/text/nearest.ts'
import { COMMANDS } from './commands/index.ts'
import { EXIT, InputError, UsageError, type ExitCode } from './exit.ts'
import { parseArguments } from './options.ts'
import { localeOf, processTerminal, type Terminal } from './terminal.ts'

/** Runs `headroom` with these arguments, on the process's own terminal unless another is given; returns its exit code. */
export async function main (args: readonly string[], terminal: Terminal = processTerminal(localeOf(args, process.env))): Promise<ExitCode> {
  const name = commandName(args)
  try {
    return await dispatch(name, args, terminal)
  } catch (error) {
    if (error instanceof InputError) {
      terminal.printError(...error.lines)
      return EXIT.badInput
    }
    if (error instanceof UsageError) {
      const help = name !== null && name in COMMANDS ? `headroom ${name} --help` : 'headroom --help'
      terminal.printError(error.message, terminal.say(`See “${help}”.`, `参见“${help}”。`))
      return EXIT.badInput
    }
    throw error
  }
}

/** The first argument that is neither an option nor the value of `--lang`. */
function commandName (args: readonly string[]): string | null {
  return args.find((arg, i) => !arg.startsWith('-') && args[i - 1] !== '--lang') ?? null
}

async function dispatch (name: string | null, args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  if (name === null) return withoutCommand(args, terminal)
  const rest = args.toSpliced(args.indexOf(name), 1)
  if (name === 'help') return showHelp(rest.find((arg) => !arg.startsWith('-')) ?? null, terminal)
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (load === undefined) throw unknownCommand(name, terminal)
  // Asked first, so that `--help` helps however wrong the rest of the line is.
  if (rest.includes('--help') || rest.includes('-h')) return showHelp(name, terminal)
  const command = await load()
  return command.run(parseArguments(rest, command.options, terminal), terminal)
}

async function withoutCommand (args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const parsed = parseArguments(args, { version: { type: 'boolean', short: 'v' } }, terminal)
  if (parsed.flag('version')) {
    const { version } = (await import('../../package.json', { with: { type: 'json' } })).default
    await terminal.print(version)
    return EXIT.ok
  }
  if (parsed.flag('help')) return showHelp(null, terminal)
  const { helpOf } = await import('./help.ts')
  terminal.printError(...helpOf(null, terminal.locale))
  return EXIT.badInput
}

async function showHelp (name: string | null, terminal: Terminal): Promise<ExitCode> {
  if (name !== null && !Object.hasOwn(COMMANDS, name)) throw unknownCommand(name, terminal)
  const { helpOf } = await import('./help.ts')
  await terminal.print(...helpOf(name, terminal.locale))
  return EXIT.ok
}

function unknownCommand (name: string, { say }: Terminal): UsageError {
  const meant = nearest(name, Object.keys(COMMANDS))
  return new UsageError(meant === null
    ? say(`Unknown command “${name}”.`, `未知命令“${name}”。`)
    : say(`Unknown command “${name}”. Did you mean “${meant}”?`, `未知命令“${name}”。是否想输入“${meant}”？`))
}
