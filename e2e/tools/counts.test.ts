import { expect, it } from 'vitest'
import { countsLine, playwrightCounts, skipReasons, sum, vitestCounts } from './counts.ts'

it('adds up both runners', () => {
  const unit = vitestCounts({
    numPassedTests: 40, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1,
    testResults: [
      { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
      { status: 'failed', assertionResults: [] },
      { status: 'passed', assertionResults: [{ status: 'passed' }] }
    ]
  })
  expect(unit).toEqual({ passed: 40, failed: 2, skipped: 3 })
  const endToEnd = playwrightCounts({ suites: [], stats: { expected: 7, unexpected: 1, flaky: 1, skipped: 1 }, errors: [{}] })
  expect(endToEnd).toEqual({ passed: 7, failed: 3, skipped: 1 })
  expect(countsLine(sum([unit, endToEnd]))).toBe('47 passed, 5 failed, 4 skipped')
})

it('says what was skipped and why', () => {
  const spec = { title: 'opens', tests: [{ projectName: 'electron', status: 'skipped', annotations: [{ type: 'skip', description: 'no binary' }] }] }
  const report = { suites: [{ suites: [{ specs: [spec] }] }], stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 1 }, errors: [] }
  expect(skipReasons(report)).toEqual(['skipped: electron › opens: no binary'])
})
