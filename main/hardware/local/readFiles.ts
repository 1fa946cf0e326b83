import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'

/** Far beyond any of the small files asked for. */
const MAX_BYTES = 64 * 1024
const MAX_MATCHES = 512

/**
 * The texts of small system files by their absolute path; `*` in a pattern stands for anything within one segment. Files that
 * are missing or may not be read are left out. A driver that hangs may never answer a read, so what is not there in time is
 * left out too.
 */
export async function readFiles (patterns: readonly string[], { root = '/', timeoutMs = 3000 }: { readonly root?: string, readonly timeoutMs?: number } = {}): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  let late = false
  const readOne = async (file: string): Promise<void> => {
    const real = path.join(root, file)
    try {
      // Devices and pipes would be read without end.
      if (!(await stat(real)).isFile()) return
      const text = (await readFile(real)).subarray(0, MAX_BYTES).toString('utf8')
      if (!late) found.set(file, text)
    } catch {
      // Absent, or not for this user: the same to the reader.
    }
  }
  const readPattern = async (pattern: string): Promise<void> => {
    await Promise.all((await expand(pattern, root)).map(readOne))
  }
  const { promise: timedOut, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, timeoutMs)
  await Promise.race([Promise.all([...new Set(patterns)].map(readPattern)), timedOut])
  clearTimeout(timer)
  late = true
  return new Map([...found].sort(([a], [b]) => a < b ? -1 : 1))
}

/** The existing paths that a pattern names, in the order of their names. */
export async function expand (pattern: string, root = '/'): Promise<string[]> {
  let paths = ['']
  for (const segment of pattern.split('/').filter((part) => part !== '')) {
    if (!segment.includes('*')) {
      paths = paths.map((folder) => `${folder}/${segment}`)
      continue
    }
    const isMatch = new RegExp(`^${segment.split('*').map(escape).join('[^/]*')}$`)
    const lists = await Promise.all(paths.map(async (folder) => {
      try {
        return (await readdir(path.join(root, folder))).filter((name) => isMatch.test(name)).sort().map((name) => `${folder}/${name}`)
      } catch {
        return []
      }
    }))
    paths = lists.flat().slice(0, MAX_MATCHES)
  }
  return paths
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
