import { defineStore } from 'pinia'
import { ref } from 'vue'
import { host, type Connection } from '../host/client.ts'

/** Whether the host can be reached. The desktop app's always can. */
export const useConnectionStore = defineStore('connection', () => {
  const state = ref<Connection>('open')
  const retrying = ref(false)

  /** Until the returned function is called. `back`: when it can be reached again. */
  function watchHost (back: () => void): () => void {
    return host.watchConnection((next) => {
      const wasLost = state.value !== 'open'
      state.value = next
      if (next === 'open' && wasLost) back()
    })
  }

  async function retry (): Promise<void> {
    retrying.value = true
    await host.reconnect()
    retrying.value = false
  }

  return { state, retrying, watchHost, retry }
})
