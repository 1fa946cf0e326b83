import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runNode } from './command.ts'
import { countsLine, noCounts, playwrightCounts, skipReasons, sum, vitestCounts } from './counts.ts'
import type { Counts, PlaywrightReport, VitestReport } from './counts.ts'

type Step = {
  name: string
  run: () => Promise<boolean>
  counts?: () => Counts | undefined
  notes?: () => string[] | undefined
}

const reports = mkdtempSync(path.join(tmpdir(), 'headroom-test-'))
const unitReport = path.join(reports, 'unit.json')
const endToEndReport = path.join(reports, 'endToEnd.json')

const steps: Step[] = [
  {
    name: 'type check',
    run: () => succeeds('e2e/tools/typecheck.ts')
  },
  {
    name: 'lint',
    run: async () => {
      const style = await succeeds('node_modules/eslint/bin/eslint.js', ['.', '--max-warnings=0'])
      const walls = await succeeds('e2e/tools/checkImports.ts')
      return style && walls
    }
  },
  {
    name: 'unit tests',
    run: () => succeeds('node_modules/vitest/vitest.mjs', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${unitReport}`]),
    counts: () => read<VitestReport, Counts>(unitReport, vitestCounts)
  },
  {
    name: 'end-to-end tests',
    run: () => succeeds('e2e/tools/endToEnd.ts', ['--reporter=list,json'], { PLAYWRIGHT_JSON_OUTPUT_FILE: endToEndReport }),
    counts: () => read<PlaywrightReport, Counts>(endToEndReport, playwrightCounts),
    notes: () => read<PlaywrightReport, string[]>(endToEndReport, skipReasons)
  }
]

async function succeeds (script: string, args: string[] = [], env: Record<string, string> = {}): Promise<boolean> {
  return (await runNode(script, args, { env })).code === 0
}

function read<Report, Answer> (file: string, answer: (report: Report) => Answer): Answer | undefined {
  return existsSync(file) ? answer(JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined
}

/** Runs one step and counts it. A step that broke without a failing test (a type error, a build that stopped) is one failure. */
async function runStep ({ name, run, counts, notes }: Step): Promise<{ lines: string[]; part: Counts }> {
  console.log(`\n── ${name}`)
  const started = performance.now()
  const ok = await run()
  const counted = counts?.() ?? noCounts
  const part = ok || counted.failed > 0 ? counted : { ...counted, failed: 1 }
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const detail = counts === undefined ? '' : `  ${countsLine(part)}`
  const line = `${part.failed === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(16)} ${seconds.padStart(6)} s${detail}`
  return { lines: [line, ...(notes?.() ?? []).map(note => `     ${note}`)], part }
}

const done: { lines: string[]; part: Counts }[] = []
for (const step of steps) done.push(await runStep(step))
rmSync(reports, { recursive: true, force: true })

const total = sum(done.map(({ part }) => part))
console.log(`\n${done.flatMap(({ lines }) => lines).join('\n')}\n\n${countsLine(total)}`)
process.exitCode = total.failed === 0 ? 0 : 1
