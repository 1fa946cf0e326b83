import type { BrowserWindow } from 'electron'
import { NEWEST_SCENARIOS } from '#shared/contract/index.ts'

const LIMIT_MS = 30_000

/**
 * Proves in a packaged app that window, scheme, preload, host and library work together: asks the host a question from inside
 * the page. Returns the exit code.
 */
export async function runSmokeTest (window: BrowserWindow): Promise<number> {
  const limit = new Promise<never>((_, reject) => {
    setTimeout(() => { reject(new Error(`no answer within ${LIMIT_MS} ms`)) }, LIMIT_MS)
  })
  const ready = new Promise<void>((resolve, reject) => {
    window.webContents.once('did-finish-load', () => { resolve() })
    window.webContents.once('did-fail-load', (_, code, description) => { reject(new Error(`${description} (${code})`)) })
  })
  try {
    await Promise.race([ready, limit])
    const ask = `window.headroom.invoke('scenario.query', ${JSON.stringify(NEWEST_SCENARIOS)}).then(async page => [page, await window.headroom.invoke('app.info', {})])`
    const replies = await Promise.race([window.webContents.executeJavaScript(ask) as Promise<{ ok: boolean }[]>, limit])
    console.log(`smoke test: ${JSON.stringify(replies)}`)
    return replies.every(({ ok }) => ok) ? 0 : 1
  } catch (error) {
    console.error(`smoke test failed: ${(error as Error).message}`)
    return 1
  }
}
