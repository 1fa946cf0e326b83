import path from 'node:path'
import { BrowserWindow, nativeTheme } from 'electron'
import { installRoot } from '#main/host/index.ts'
import { HOME } from './policy.ts'

/** The workbench's window, shown when it has something to show. The defaults that keep a page harmless are spelled out. */
export function createWindow (): BrowserWindow {
  const window = new BrowserWindow({
    name: 'main',
    windowStatePersistence: true,
    width: 1440,
    height: 900,
    minWidth: 880,
    minHeight: 560,
    show: false,
    title: 'Headroom',
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#15171a' : '#ffffff',
    webPreferences: {
      preload: path.join(installRoot(), 'out', 'preload', 'index.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false
    }
  })
  void window.loadURL(HOME)
  return window
}
