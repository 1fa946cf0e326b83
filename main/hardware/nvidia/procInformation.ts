import type { Evidence } from '../evidence.ts'
import { busId } from '../reading/busId.ts'

/** A card as the kernel driver describes it in /proc, without any tool. */
export interface ProcGpu {
  readonly name: string | null
  readonly uuid: string | null
  readonly pciBusId: string | null
}

export const PROC_FILES = ['/proc/driver/nvidia/version', '/proc/driver/nvidia/gpus/*/information', '/proc/device-tree/model'] as const

/** Every `/proc/driver/nvidia/gpus/…/information`, in the order of the bus. */
export function procGpus (files: Evidence['files']): ProcGpu[] {
  return [...files].filter(([file]) => /^\/proc\/driver\/nvidia\/gpus\/[^/]+\/information$/.test(file)).map(([file, text]) => {
    const value = (key: string): string | null => {
      const found = new RegExp(`^${key}:[ \\t]*(.*)$`, 'm').exec(text)?.[1]?.trim() ?? ''
      // Question marks stand in the UUID until the driver has woken the card.
      return found === '' || /^unknown$/i.test(found) || found.includes('?') ? null : found
    }
    return { name: value('Model'), uuid: value('GPU UUID'), pciBusId: busId(value('Bus Location') ?? file.split('/').at(-2)) }
  })
}

/** The version of the loaded kernel module. */
export function kernelDriver (files: Evidence['files']): string | null {
  return /^NVRM version:.*?\s(\d{3,4}\.\d{1,4}(?:\.\d{1,4})?)\s/m.exec(files.get('/proc/driver/nvidia/version') ?? '')?.[1] ?? null
}

/** The board's name on a Jetson, whose older systems have no nvidia-smi; null elsewhere. */
export function jetsonModel (files: Evidence['files']): string | null {
  const model = files.get('/proc/device-tree/model')?.replaceAll('\0', '').trim() ?? ''
  return /\bjetson\b/i.test(model) ? model : null
}
