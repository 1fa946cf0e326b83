import { readdirSync, readFileSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import * as v from 'valibot'
import { SshHostSchema } from '#shared/contract/index.ts'

const MAX_BYTES = 1024 ** 2
const MAX_DEPTH = 16
const MAX_HOSTS = 1000

/**
 * The host names in the user's OpenSSH configuration and the files that it includes, in their order: suggestions only. Patterns
 * and negations name no host and are skipped, `Match` blocks too. Files are read, nothing is run, nothing connects.
 */
export function sshConfigHosts (home: string = os.homedir()): string[] {
  const hosts = new Set<string>()
  readConfig(path.join(home, '.ssh', 'config'), home, 0, hosts)
  return [...hosts].slice(0, MAX_HOSTS)
}

function readConfig (file: string, home: string, depth: number, hosts: Set<string>): void {
  if (depth > MAX_DEPTH) return
  for (const line of textOf(file).split(/\r?\n/)) {
    const [keyword, ...values] = words(line)
    switch (keyword?.toLowerCase()) {
      case 'host':
        for (const name of values) if (!/[*?!]/.test(name) && v.is(SshHostSchema, name)) hosts.add(name)
        break
      case 'include':
        for (const pattern of values) for (const included of matching(absolute(pattern, home))) readConfig(included, home, depth + 1, hosts)
    }
  }
}

function textOf (file: string): string {
  try {
    const found = statSync(file)
    return found.isFile() && found.size <= MAX_BYTES ? readFileSync(file, 'utf8') : ''
  } catch {
    return ''
  }
}

/** Keyword and values of a line: separated by blanks or one `=`, values perhaps in double quotes. */
function words (line: string): string[] {
  const match = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*)$/.exec(line)
  if (match === null) return []
  const values = [...match[2]!.matchAll(/"([^"]*)"|([^\s"]+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
  const comment = values.findIndex((value) => value.startsWith('#'))
  return [match[1]!, ...comment < 0 ? values : values.slice(0, comment)]
}

/** Includes of a user's configuration are relative to ~/.ssh. */
function absolute (pattern: string, home: string): string {
  if (pattern === '~' || /^~[/\\]/.test(pattern)) return path.join(home, pattern.slice(1))
  return path.isAbsolute(pattern) ? pattern : path.join(home, '.ssh', pattern)
}

/** The files that a pattern names; `*` and `?` in its segments. */
function matching (pattern: string): string[] {
  const { root } = path.parse(pattern)
  let found = [root]
  for (const segment of pattern.slice(root.length).split(/[/\\]/)) {
    if (!/[*?]/.test(segment)) {
      found = found.map((folder) => path.join(folder, segment))
      continue
    }
    const isMatch = new RegExp(`^${segment.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`)
    found = found.flatMap((folder) => namesIn(folder).filter((name) => isMatch.test(name) && (segment.startsWith('.') || !name.startsWith('.'))).map((name) => path.join(folder, name)))
  }
  return found
}

function namesIn (folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}
