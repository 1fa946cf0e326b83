import { BrowserWindow, ipcMain } from 'electron'
import { inputLimit, type EventName, type EventPayload, type HostReply } from '#shared/contract/index.ts'
import type { Host } from '#main/host/index.ts'
import { isTrusted } from './policy.ts'

/** Carries calls and events between the workbench's windows and the host: one channel each way. */
export function connect (host: Host): void {
  ipcMain.handle('rpc', async (event, name: unknown, input: unknown): Promise<HostReply<unknown>> => {
    const frame = event.senderFrame
    const sender = {
      frameUrl: frame?.url ?? null,
      isMainFrame: frame !== null && frame.parent === null,
      isOwnWindow: BrowserWindow.fromWebContents(event.sender) !== null
    }
    if (!isTrusted(sender)) throw new Error('This page may not call the host')
    if (typeof name !== 'string' || (JSON.stringify(input) ?? '').length > inputLimit(name)) throw new Error('Not a call of the host')
    return host.dispatch(name, input)
  })
  host.subscribe((name, payload) => {
    for (const window of BrowserWindow.getAllWindows()) window.webContents.send('event', name, payload)
  })
}

/** Tells the window that the user is in, as the host's events are told. */
export function tellWindow<E extends EventName> (name: E, payload: EventPayload<E>): void {
  const window = BrowserWindow.getFocusedWindow() ?? BrowserWindow.getAllWindows()[0]
  window?.webContents.send('event', name, payload)
}
