import { parseArgs } from 'node:util'
import { compare, type Comparison } from './compare.ts'
import { readRows } from './read.ts'
import { printReport, reportAsJson } from './report.ts'
import { isExpressible, type Inexpressible } from './row.ts'
import { summarize } from './statistics.ts'

const USAGE = `Usage: npm run validate -- FILE… [--json] [--max-error 0.01] [--max-inexpressible 0.03] [--phases] [--quiet]

Predicts ground-truth rows (golden or oracle format, or published measurements; JSON or JSONL) and compares.
  --max-error X           exit 1 if a row's peak is off by more than X (0.01 = 1 %)
  --max-inexpressible X   exit 1 if more than this share of the rows cannot be expressed
  --phases                hold every phase, not only the peak, against --max-error
  --quiet                 leave out the list of rows
`

/** Runs the command; returns its exit code: 0 within the thresholds, 1 past them, 2 bad usage or unreadable input. */
export function main (args: readonly string[]): number {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        phases: { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        'max-error': { type: 'string' },
        'max-inexpressible': { type: 'string' }
      }
    })
    if (values.help) return print(USAGE, 0)
    if (positionals.length === 0) return print(USAGE, 2)
    const maxError = threshold('--max-error', values['max-error'])
    const maxInexpressible = threshold('--max-inexpressible', values['max-inexpressible'])
    const results = positionals.flatMap(readRows).map((reading) => isExpressible(reading) ? compare(reading) : reading)
    const comparisons = results.filter((r): r is Comparison => 'peak' in r)
    const inexpressible = results.filter((r): r is Inexpressible => 'reason' in r)
    if (results.length === 0) return print('No rows found in the files given.\n', 2)

    const errors = comparisons.flatMap((c) => values.phases ? [c.peak, ...c.phases] : [c.peak]).map((p) => p.error)
    const share = inexpressible.length / results.length
    const passed = summarize(errors).max <= maxError && share <= maxInexpressible
    const report = { comparisons, inexpressible, phases: values.phases, passed, maxError, maxInexpressible }
    process.stdout.write(values.json ? reportAsJson(report) : printReport(report, values.quiet))
    return passed ? 0 : 1
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    return 2
  }
}

function print (text: string, code: number): number {
  (code === 0 ? process.stdout : process.stderr).write(text)
  return code
}

/** A flag's number; absent means no limit. */
function threshold (flag: string, text: string | undefined): number {
  if (text === undefined) return Infinity
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new Error(`${flag} must be a number such as 0.01, not “${text}”.`)
  return value
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2))
