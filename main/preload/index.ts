import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron'
import type { HeadroomBridge } from '#shared/contract/bridge.ts'

/* The only thing the page gets: two functions. No channel name, event object or path of Electron's reaches it. */

const bridge: HeadroomBridge = {
  invoke: (name, input) => ipcRenderer.invoke('rpc', name, input),
  subscribe: (event, callback) => {
    const listener = (_: IpcRendererEvent, name: string, payload: unknown) => {
      if (name === event) callback(payload as never)
    }
    ipcRenderer.on('event', listener)
    return () => { ipcRenderer.off('event', listener) }
  }
}

contextBridge.exposeInMainWorld('headroom', bridge)
