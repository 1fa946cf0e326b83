export { createMonitor, type Monitor } from './monitor.ts'
export { openLocal } from './openLocal.ts'
export { openRemote } from './openRemote.ts'
export type { OpenSource } from './source.ts'
