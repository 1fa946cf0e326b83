import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { app, BrowserWindow, Menu } from 'electron'
import { createHost, dataDirectory, rendererFolder } from '#main/host/index.ts'
import { connect } from './ipc.ts'
import { menuLocale, menuTemplate } from './menu.ts'
import { registerScheme, serveScheme } from './scheme.ts'
import { enforcePolicy } from './security.ts'
import { runSmokeTest } from './smokeTest.ts'
import { createWindow } from './window.ts'

const smokeTest = process.argv.includes('--smoke-test')
const directory = smokeTest ? mkdtempSync(path.join(tmpdir(), 'headroom-smoke-')) : dataDirectory()

// All of this has to be settled before the app is ready. Chromium's own files stay apart from the library.
app.setPath('userData', path.join(directory, 'window'))
app.enableSandbox()
registerScheme()

if (!app.requestSingleInstanceLock()) {
  app.quit()
} else {
  app.on('second-instance', () => {
    const window = BrowserWindow.getAllWindows()[0]
    if (window?.isMinimized()) window.restore()
    window?.focus()
  })
  app.on('window-all-closed', () => { app.quit() })
  await app.whenReady()

  const host = createHost({ mode: 'desktop', dataDirectory: directory })
  app.on('will-quit', () => { host.close() })
  enforcePolicy()
  serveScheme(rendererFolder())
  connect(host)
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(menuLocale(app.getPreferredSystemLanguages()), process.platform)))

  const window = createWindow()
  if (smokeTest) {
    const code = await runSmokeTest(window)
    host.close()
    app.exit(code)
  } else {
    window.once('ready-to-show', () => { window.show() })
  }
}
