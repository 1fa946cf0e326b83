import type { MachineRef } from '#shared/contract/index.ts'

/** A machine in this window: one that can be looked at, or a saved one on paper by its id. */
export type MachineKey = 'local' | `ssh:${string}` | `paper:${string}`

export const sshKey = (host: string): MachineKey => `ssh:${host}`
export const paperKey = (id: string): MachineKey => `paper:${id}`

export const isMachineKey = (text: string | null): text is MachineKey => text !== null && (text === 'local' || /^(ssh|paper):./.test(text))

/** How the host is asked about it; null for a machine on paper, which nobody can look at. */
export const refOf = (key: MachineKey): MachineRef | null => key.startsWith('paper:') ? null : key

export const paperIdOf = (key: MachineKey): string | null => key.startsWith('paper:') ? key.slice('paper:'.length) : null
export const hostOf = (key: MachineKey): string | null => key.startsWith('ssh:') ? key.slice('ssh:'.length) : null
