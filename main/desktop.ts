import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'

/** The Electron binary to start, or why there can be no desktop window, as the end of a sentence. */
export type Desktop = { readonly binary: string } | { readonly obstacle: string }

interface Machine {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number | undefined
}

const REACH_MS = 3000
const DOWNLOAD_MS = 5 * 60_000

/** Finds or downloads Electron where a window can be shown. `announce` is told before the one step that takes long. */
export async function findDesktop (root: string, announce: (text: string) => void, machine: Machine = { platform: process.platform, env: process.env, uid: process.geteuid?.() }): Promise<Desktop> {
  const obstacle = windowObstacle(machine)
  if (obstacle !== null) return { obstacle }
  const folder = path.join(root, 'node_modules', 'electron')
  const binary = installedBinary(folder)
  if (binary !== null) return { binary }
  if (!existsSync(path.join(folder, 'install.js'))) return { obstacle: 'Electron is not installed' }
  if (!await canReach(downloadSite(machine.env), machine.env)) return { obstacle: 'Electron is not there and cannot be downloaded now' }
  announce('Downloading Electron once, about 110 MB…')
  await install(path.join(folder, 'install.js'), root)
  const downloaded = installedBinary(folder)
  return downloaded === null ? { obstacle: 'Electron could not be downloaded' } : { binary: downloaded }
}

/** Why this machine can show no window, null when it can. */
export function windowObstacle ({ platform, env, uid }: Machine): string | null {
  if (platform !== 'linux') return null
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return 'there is no display (DISPLAY and WAYLAND_DISPLAY are not set)'
  // Chromium refuses to start, and running it without its sandbox is no way out.
  if (uid === 0) return 'the desktop app does not run as root'
  return null
}

/** Never by `require('electron')`, which would start a download. */
function installedBinary (folder: string): string | null {
  const pathFile = path.join(folder, 'path.txt')
  if (!existsSync(pathFile)) return null
  const binary = path.join(folder, 'dist', readFileSync(pathFile, 'utf8').trim())
  return existsSync(binary) ? binary : null
}

const downloadSite = (env: Machine['env']): URL =>
  URL.parse(env['ELECTRON_MIRROR'] ?? env['npm_config_electron_mirror'] ?? '') ?? new URL('https://github.com')

/** Tells within seconds whether a download is worth starting. Behind a proxy only the download itself can tell. */
async function canReach (site: URL, env: Machine['env']): Promise<boolean> {
  if (Object.keys(env).some(name => /^(https?|all)_proxy$/i.test(name) && env[name])) return true
  const socket = connect({ host: site.hostname, port: Number(site.port) || (site.protocol === 'http:' ? 80 : 443) })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(REACH_MS) })
    return true
  } catch {
    return false
  } finally {
    socket.on('error', () => {})
    socket.destroy()
  }
}

async function install (script: string, root: string): Promise<void> {
  const child = spawn(process.execPath, [script], { cwd: root, stdio: 'ignore', timeout: DOWNLOAD_MS, killSignal: 'SIGKILL' })
  await once(child, 'close').catch(() => {})
}
