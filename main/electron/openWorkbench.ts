import { app, Menu, powerMonitor } from 'electron'
import { createHost, rendererFolder } from '#main/host/index.ts'
import { connect, tellWindow } from './ipc.ts'
import { menuLocale, menuTemplate } from './menu.ts'
import type { FileOpener } from './openedFiles.ts'
import { serveScheme } from './scheme.ts'
import { enforcePolicy } from './security.ts'
import { runSmokeTest } from './smokeTest.ts'
import { createWindow } from './window.ts'

/** Everything that needs a ready app: the host, the policy, the scheme, then the window. */
export async function openWorkbench (dataDirectory: string, smokeTest: boolean, files?: FileOpener): Promise<void> {
  const host = createHost({ mode: 'desktop', dataDirectory })
  app.on('will-quit', () => { host.close() })
  enforcePolicy()
  serveScheme(rendererFolder())
  connect(host)
  files?.connect(host.openFile)
  powerMonitor.on('resume', () => { host.wake() })
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(menuLocale(app.getPreferredSystemLanguages()), process.platform, (id) => { tellWindow('command.chosen', { id }) })))

  const window = createWindow()
  if (!smokeTest) {
    window.once('ready-to-show', () => { window.show() })
    return
  }
  const code = await runSmokeTest(window)
  host.close()
  app.exit(code)
}
