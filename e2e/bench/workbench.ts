import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chromium, type Browser, type Page } from '@playwright/test'
import { runNode } from '../tools/command.ts'
import { findBrowser } from '../tools/browser.ts'
import { root } from '../tools/repository.ts'
import { ServedWorkbench } from '../served.ts'
import { initialTransfer } from './transfer.ts'

/** At most. A frame at 60 Hz is 16.7 ms: an answer within two is seen with the key. */
const LIMITS = { transfer: 450_000, paint: 1500, keystroke: 34 }
const STARTS = 5
const KEYSTROKES = 60

/** How the workbench feels in a browser: what it transfers, when it shows an answer, how soon a key changes it. */
export async function benchWorkbench (): Promise<void> {
  console.log('\nThe workbench in a browser')
  const built = await runNode('main/build.ts', [], { capture: true })
  if (built.code !== 0) throw new Error(`The workbench does not build:\n${built.output}`)
  const { bytes, files } = initialTransfer(path.join(root, 'out/renderer'))
  line('initial transfer, gzipped, before charts', bytes / 1000, 'kB', LIMITS.transfer / 1000, `${files.length} files`)

  const browser = findBrowser()
  if (!browser) {
    console.log('SKIPPED: no Chromium is installed (HEADROOM_CHROMIUM may name one); paint and keystroke were not measured')
    return
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'headroom-bench-'))
  const served = new ServedWorkbench(folder)
  const chrome = await chromium.launch({ executablePath: browser.path })
  try {
    await served.start()
    const starts: number[] = []
    for (let i = 0; i < STARTS; i++) starts.push(await firstPaint(chrome, served.url))
    line('first start to a painted answer, median', median(starts), 'ms', LIMITS.paint, `of ${STARTS}; slowest ${Math.max(...starts).toFixed(0)} ms`)
    const page = await chrome.newPage({ viewport: { width: 1440, height: 900 } })
    await page.goto(served.url)
    const keys = await keystrokes(page)
    line('keystroke to painted answer, p95', percentile(keys, 0.95), 'ms', LIMITS.keystroke, `median ${median(keys).toFixed(1)} ms of ${KEYSTROKES}`)
  } finally {
    await chrome.close()
    await served.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** From the navigation to the frame in which the verdict stands, in a browser that has cached nothing. */
async function firstPaint (browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.addInitScript(() => {
    const look = (): void => {
      if (document.querySelector('[data-figure="total"]')) requestAnimationFrame(() => setTimeout(() => performance.mark('answered')))
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
  await page.goto(url)
  await page.waitForFunction(() => performance.getEntriesByName('answered').length > 0)
  const time = await page.evaluate(() => performance.getEntriesByName('answered')[0]!.startTime)
  await context.close()
  return time
}

/** From the key's event to the end of the frame in which the answer has changed, the arrow moving the sequence length up and down. */
async function keystrokes (page: Page): Promise<number[]> {
  const field = page.locator('[data-path="data.sequenceLength"] input')
  await field.focus()
  await page.evaluate(() => {
    const times: number[] = []
    Object.assign(window, { times })
    addEventListener('keydown', (event) => {
      const start = event.timeStamp
      const total = () => document.querySelector('[data-figure="total"]')?.textContent
      const before = total()
      const look = (): void => {
        if (total() === before) requestAnimationFrame(look)
        else {
          const channel = new MessageChannel()
          channel.port1.onmessage = () => times.push(performance.now() - start)
          channel.port2.postMessage(null)
        }
      }
      requestAnimationFrame(look)
    }, { capture: true })
  })
  const measured = () => page.evaluate(() => (window as unknown as { times: number[] }).times)
  for (let i = 0; i < KEYSTROKES; i++) {
    await page.keyboard.press(i % 2 === 0 ? 'ArrowUp' : 'ArrowDown')
    await page.waitForFunction((count) => (window as unknown as { times: number[] }).times.length > count, i)
  }
  return measured()
}

const percentile = (values: readonly number[], share: number): number => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!
const median = (values: readonly number[]): number => percentile(values, 0.5)

function line (name: string, value: number, unit: string, limit: number, note: string): void {
  console.log(`${name.padEnd(50)} ${value.toFixed(1).padStart(8)} ${unit} of ${limit}: ${(value / limit).toFixed(2)}${value > limit ? '  TOO MUCH' : ''} (${note})`)
}
