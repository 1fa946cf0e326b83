import { ensureChineseFont, obtainBrowser } from './browser.ts'
import { runNode } from './command.ts'

/** Browser, build, Playwright. Arguments go to Playwright: `npm run test:e2e -- --project=web`. */
async function endToEnd (args: readonly string[]): Promise<number> {
  const browser = await obtainBrowser()
  console.log(`browser: ${browser.path} (${browser.origin})`)
  await ensureChineseFont()
  const built = await runNode('main/build.ts')
  if (built.code !== 0) return built.code
  const tested = await runNode('node_modules/@playwright/test/cli.js', ['test', ...args], { env: { HEADROOM_CHROMIUM: browser.path } })
  return tested.code
}

try {
  process.exitCode = await endToEnd(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
