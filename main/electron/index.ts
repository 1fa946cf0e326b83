import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { app, BrowserWindow, dialog } from 'electron'
import { dataDirectory } from '#main/host/index.ts'
import { fileOpener } from './openedFiles.ts'
import { openWorkbench } from './openWorkbench.ts'
import { registerScheme } from './scheme.ts'

const smokeTest = process.argv.includes('--smoke-test')
const directory = smokeTest ? mkdtempSync(path.join(tmpdir(), 'headroom-smoke-')) : dataDirectory()

// All of this has to be settled before the app is ready. Chromium's own files stay apart from the library.
app.setPath('userData', path.join(directory, 'window'))
app.enableSandbox()
registerScheme()

if (app.requestSingleInstanceLock()) {
  const files = fileOpener(process.argv, process.cwd())
  // On a Mac, which tells of a file before the app is ready.
  app.on('open-file', (event, file) => {
    event.preventDefault()
    files.open(file)
  })
  app.on('second-instance', (_, args, folder) => {
    files.openArguments(args, folder)
    const window = BrowserWindow.getAllWindows()[0]
    if (window?.isMinimized()) window.restore()
    window?.focus()
  })
  app.on('window-all-closed', () => { app.quit() })
  // Not awaited: the app is ready only when this module has been evaluated, so waiting here would wait for ever.
  app.whenReady().then(() => openWorkbench(directory, smokeTest, files)).catch((error: unknown) => {
    if (!smokeTest) dialog.showErrorBox('Headroom', (error as Error).message)
    app.exit(1)
  })
} else {
  app.quit()
}
