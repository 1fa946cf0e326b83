import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Makes a finished file durable. */
export function flush (file: string): void {
  const descriptor = openSync(file, 'r+')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Makes renames in a folder durable. Windows has no such call and does not need it. */
export function flushFolder (folder: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
