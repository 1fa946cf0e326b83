import { styleText } from 'node:util'
import { plain, type Paint, type Tone } from '#shared/report/index.ts'
import type { Locale } from '#shared/units/index.ts'

/** Where a command writes, and how. */
export interface Terminal {
  readonly locale: Locale
  readonly paint: Paint
  /** Columns that sentences are wrapped at. */
  readonly width: number
  /** Writes lines to standard output; resolves when it can take more. */
  readonly print: (...lines: readonly string[]) => Promise<void>
  readonly printError: (...lines: readonly string[]) => void
  /** The sentence in the reader's language. */
  readonly say: (en: string, zh: string) => string
}

const STYLES: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  strong: 'bold', faint: 'dim', good: 'green', warn: 'yellow', bad: 'red', accent: 'cyan'
}

const MAX_WIDTH = 100

/** The terminal of this process: colours only when standard output is one and NO_COLOR is not set. */
export function processTerminal (locale: Locale): Terminal {
  const { stdout, stderr } = process
  // A reader that has seen enough (`| head`) is no error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  const coloured = stdout.isTTY && stdout.hasColors() && !process.env['NO_COLOR']
  return {
    locale,
    paint: coloured ? (tone, text) => styleText(STYLES[tone], text, { validateStream: false }) : plain,
    width: Math.min(MAX_WIDTH, Math.max(40, stdout.columns || MAX_WIDTH)),
    print: (...lines) => new Promise((resolve) => { stdout.write(lines.map((line) => `${line}\n`).join(''), () => { resolve() }) }),
    printError: (...lines) => { stderr.write(lines.map((line) => `${line}\n`).join('')) },
    say: (en, zh) => locale === 'zh' ? zh : en
  }
}

/** The reader's language: `--lang` anywhere on the line, else the environment's (LC_ALL, LC_MESSAGES, LANG), else English. */
export function localeOf (args: readonly string[], env: NodeJS.ProcessEnv): Locale {
  const flag = args.findLast((_, i) => args[i - 1] === '--lang') ?? args.findLast((arg) => arg.startsWith('--lang='))?.slice('--lang='.length)
  if (flag === 'zh' || flag === 'en') return flag
  const wanted = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || ''
  return /^zh/i.test(wanted) ? 'zh' : 'en'
}
