import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromium } from '@playwright/test'
import { runCommand, runNode } from './command.ts'

export type Browser = { path: string; origin: string }

const installedPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium'
]

const downloadTimeoutMs = 120_000
const installTimeoutMs = 600_000

/** A Chromium that is already here: the one named by HEADROOM_CHROMIUM, an installed one, or Playwright's own. */
export function findBrowser (): Browser | undefined {
  const named = process.env['HEADROOM_CHROMIUM']
  if (named !== undefined && named !== '') {
    if (!starts(named)) throw new Error(`HEADROOM_CHROMIUM names ${named}, which does not start. Name a Chromium's program file, or unset it`)
    return { path: named, origin: 'named by HEADROOM_CHROMIUM' }
  }
  const installed = installedPaths.find(starts)
  if (installed !== undefined) return { path: installed, origin: 'installed' }
  return playwrightBrowser("in Playwright's cache")
}

/**
 * Finds a Chromium or gets one: Playwright's download first, Debian's package when running as root.
 * Throws with what was tried when none can be had.
 */
export async function obtainBrowser (): Promise<Browser> {
  const present = findBrowser()
  if (present !== undefined) return present
  console.log("browser: none installed, trying Playwright's download")
  const download = await runNode('node_modules/@playwright/test/cli.js', ['install', 'chromium'], { capture: true, timeoutMs: downloadTimeoutMs })
  const downloaded = playwrightBrowser('downloaded by Playwright')
  if (downloaded !== undefined) return downloaded
  console.log(download.code === 0 ? "browser: Playwright's download does not start here" : "browser: Playwright's download failed")
  if (isDebianRoot()) {
    console.log('browser: installing the package chromium')
    await installPackages(['chromium'])
    const packaged = installedPaths.find(starts)
    if (packaged !== undefined) return { path: packaged, origin: "Debian's package, just installed" }
  }
  throw new Error(`No Chromium could be had: none is installed, Playwright's download failed${isDebianRoot() ? ', the package chromium too' : ', and only root on Debian can install its package'}. Install one, or name its program file in HEADROOM_CHROMIUM`)
}

/** Chinese text needs a font: without one it is drawn as boxes. Installs one as root on Debian, else only says so. */
export async function ensureChineseFont (): Promise<void> {
  if (process.platform !== 'linux' || hasChineseFont()) return
  if (isDebianRoot()) {
    console.log('fonts: none for Chinese, installing the package fonts-noto-cjk')
    await installPackages(['fonts-noto-cjk'])
    if (hasChineseFont()) return
  }
  console.log('fonts: none for Chinese; screenshots will show boxes. Install fonts-noto-cjk')
}

function playwrightBrowser (origin: string): Browser | undefined {
  const path = chromium.executablePath()
  return path !== '' && starts(path) ? { path, origin } : undefined
}

/** A downloaded Chromium can be there and still lack the system's libraries, so it is asked for its version. */
function starts (path: string): boolean {
  return existsSync(path) && spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0
}

function hasChineseFont (): boolean {
  const listed = spawnSync('fc-list', [':lang=zh', 'family'], { encoding: 'utf8', timeout: 60_000 })
  return listed.status === 0 && listed.stdout.trim() !== ''
}

function isDebianRoot (): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
}

async function installPackages (names: readonly string[]): Promise<void> {
  const options = { capture: true, env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: installTimeoutMs }
  for (const args of [['update', '-q'], ['install', '-y', '-q', '--no-install-recommends', ...names]]) {
    const { code, output } = await runCommand('apt-get', args, options)
    if (code !== 0) console.log(output.trimEnd().split('\n').slice(-5).join('\n'))
  }
}
