import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { _electron, expect, test } from '@playwright/test'
import { root } from '../tools/repository.ts'

const hasBinary = existsSync(path.join(root, 'node_modules/electron/path.txt'))
const hasDisplay = process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'])

test.skip(!hasBinary, 'no Electron binary: node_modules/electron/path.txt is missing (npx install-electron gets one)')
test.skip(!hasDisplay, 'no display: neither DISPLAY nor WAYLAND_DISPLAY is set')

test('the desktop app opens its window', async () => {
  const data = mkdtempSync(path.join(tmpdir(), 'headroom-electron-'))
  const app = await _electron.launch({ args: [root], cwd: root, env: { ...process.env as Record<string, string>, HEADROOM_DATA: data } })
  try {
    const window = await app.firstWindow()
    await expect(window).toHaveTitle(/Headroom/)
  } finally {
    await app.close()
    rmSync(data, { recursive: true, force: true })
  }
})
