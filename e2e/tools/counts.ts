export type Counts = { passed: number; failed: number; skipped: number }

export const noCounts: Counts = { passed: 0, failed: 0, skipped: 0 }

/** Counts of a Vitest JSON report. A test file that does not load counts as one failure. */
export function vitestCounts (report: VitestReport): Counts {
  const broken = report.testResults.filter(file => file.status === 'failed' && file.assertionResults.every(test => test.status !== 'failed')).length
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests
  }
}

/** Counts of a Playwright JSON report. A test that passed only on a retry counts as failed; an error outside tests too. */
export function playwrightCounts (report: PlaywrightReport): Counts {
  const { expected, unexpected, flaky, skipped } = report.stats
  return { passed: expected, failed: unexpected + flaky + report.errors.length, skipped }
}

/** What was skipped in a browser or Electron, and why, a line each. */
export function skipReasons (report: PlaywrightReport): string[] {
  return report.suites.flatMap(function reasons (suite): string[] {
    const own = (suite.specs ?? []).flatMap(spec => spec.tests
      .filter(test => test.status === 'skipped')
      .map(test => `skipped: ${test.projectName} › ${spec.title}: ${test.annotations.find(note => note.type === 'skip')?.description ?? 'no reason given'}`))
    return [...own, ...(suite.suites ?? []).flatMap(reasons)]
  })
}

export function sum (parts: readonly Counts[]): Counts {
  return parts.reduce((total, part) => ({
    passed: total.passed + part.passed,
    failed: total.failed + part.failed,
    skipped: total.skipped + part.skipped
  }), noCounts)
}

/** The closing line, read by machines too. */
export function countsLine ({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

export type VitestReport = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { status: string; assertionResults: { status: string }[] }[]
}

type Suite = {
  specs?: { title: string; tests: { projectName: string; status: string; annotations: { type: string; description?: string }[] }[] }[]
  suites?: Suite[]
}

export type PlaywrightReport = {
  suites: Suite[]
  stats: { expected: number; unexpected: number; flaky: number; skipped: number }
  errors: unknown[]
}
