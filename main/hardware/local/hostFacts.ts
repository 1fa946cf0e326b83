import { statfs } from 'node:fs/promises'
import os from 'node:os'
import type { HostFacts } from '#shared/contract/index.ts'
import { environmentOf, HOST_VARIABLES, linuxMemory } from '../hostFacts.ts'

/** This machine: memory that a new process can have, processors, and the disk of the working folder. */
export async function localHostFacts (files: ReadonlyMap<string, string>, env: NodeJS.ProcessEnv, folder: string = workingFolder()): Promise<HostFacts> {
  const variables = new Map(HOST_VARIABLES.flatMap((name) => env[name] === undefined ? [] : [[name, env[name]] as const]))
  return {
    name: os.hostname(),
    platform: `${os.platform()} ${os.release()}`,
    ...linuxMemory(files) ?? { ramTotalBytes: os.totalmem(), ramFreeBytes: Math.min(os.totalmem(), process.availableMemory()) },
    cpuCount: os.availableParallelism(),
    disk: await diskOf(folder),
    environment: environmentOf(files, variables)
  }
}

/** Null when the file system does not say, or does not answer: a network share may hang. */
async function diskOf (folder: string): Promise<HostFacts['disk']> {
  const { promise: late, resolve } = Promise.withResolvers<null>()
  const timer = setTimeout(() => { resolve(null) }, 2000)
  const asked = statfs(folder).then(({ blocks, bavail, bsize }) => ({ path: folder, totalBytes: blocks * bsize, freeBytes: bavail * bsize }), () => null)
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}

function workingFolder (): string {
  try {
    return process.cwd()
  } catch {
    return os.homedir()
  }
}
