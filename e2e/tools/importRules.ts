import { builtinModules } from 'node:module'
import path from 'node:path/posix'
import { arrows, packages, testPackages } from './arrows.ts'
import { importsOf } from './imports.ts'

export type Violation = { file: string; line: number; rule: string }

/** Checks the import walls over a set of files (repository-relative path → text). */
export function checkImports (files: ReadonlyMap<string, string>): Violation[] {
  const violations: Violation[] = []
  const folders: FolderArrow[] = []
  for (const [file, text] of files) {
    for (const { specifier, line } of importsOf(file, text)) {
      const target = resolve(file, specifier)
      const rule = target === undefined ? brokenPackageRule(file, specifier) : brokenArrow(file, target)
      if (rule !== undefined) violations.push({ file, line, rule })
      if (target !== undefined) folders.push({ from: path.dirname(file), to: path.dirname(target), file, line })
    }
  }
  return [...violations, ...circles(folders)]
}

/** The room of a file as named in arrows.ts, or undefined outside the four folders. */
export function roomOf (file: string): string | undefined {
  const [top, second, third] = file.split('/')
  if (top === 'renderer' || top === 'e2e') return top
  if (top === 'main') return third === undefined ? top : `main/${second}`
  if (top === 'shared') return `shared/${second}`
  return undefined
}

function resolve (file: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return specifier.slice(1)
  if (/^\.\.?(\/|$)/.test(specifier)) return path.join(path.dirname(file), specifier)
  return undefined
}

const within = (room: string, allowed: readonly string[]) =>
  allowed.some(name => room === name || room.startsWith(`${name}/`))

function brokenArrow (file: string, target: string): string | undefined {
  const from = roomOf(file)
  const to = roomOf(target)
  if (from === undefined || from === to) return undefined
  const allowed = arrows[from]
  if (allowed === undefined) return `${from} is not named in e2e/tools/arrows.ts`
  if (to === undefined) return target === 'package.json' ? undefined : `${from} may not import ${target}`
  return within(to, allowed) ? undefined : `${from} may not import ${to}`
}

const builtins = new Set(builtinModules)

function brokenPackageRule (file: string, specifier: string): string | undefined {
  const room = roomOf(file)
  if (room === undefined) return undefined
  const test = isTest(file)
  if (specifier.startsWith('node:') || builtins.has(specifier)) {
    if (!specifier.startsWith('node:')) return `write node:${specifier}`
    return test || within(room, ['main', 'e2e']) ? undefined : `${room} may not import ${specifier}: only main and e2e may use Node`
  }
  const name = packageName(specifier)
  if (test && testPackages.includes(name)) return undefined
  const allowed = packages[name]
  if (allowed !== undefined) return within(room, allowed) ? undefined : `${room} may not import ${name}: only ${allowed.join(', ')} may`
  return room === 'e2e' ? undefined : `${room} may not import ${name}: it is not named in e2e/tools/arrows.ts`
}

function packageName (specifier: string): string {
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

function isTest (file: string): boolean {
  return /\.test\.ts$/.test(file) || file.split('/').includes('fixtures')
}

type FolderArrow = { from: string; to: string; file: string; line: number }

/**
 * Folders side by side must not import each other in a circle. A folder and the folder that holds it may:
 * the files beside the sub-folders are their common ground.
 */
function circles (imports: readonly FolderArrow[]): Violation[] {
  const firstUse = new Map<string, FolderArrow>()
  const next = new Map<string, Set<string>>()
  for (const arrow of imports) {
    const pair = siblings(arrow.from, arrow.to)
    if (pair === undefined) continue
    const [from, to] = pair
    next.set(from, (next.get(from) ?? new Set()).add(to))
    if (!firstUse.has(`${from} ${to}`)) firstUse.set(`${from} ${to}`, arrow)
  }
  const found: Violation[] = []
  for (const [from, targets] of next) {
    for (const to of targets) {
      const back = way(next, to, from)
      const arrow = firstUse.get(`${from} ${to}`)
      if (back !== undefined && arrow !== undefined) {
        found.push({ file: arrow.file, line: arrow.line, rule: `folders in a circle: ${[from, ...back].join(' → ')}` })
      }
    }
  }
  return found
}

/** The two different folders side by side through which an import passes. */
function siblings (from: string, to: string): [string, string] | undefined {
  const a = from.split('/')
  const b = to.split('/')
  let depth = 0
  while (depth < a.length && a[depth] === b[depth]) depth++
  if (depth === 0 || depth >= a.length || depth >= b.length) return undefined
  return [a.slice(0, depth + 1).join('/'), b.slice(0, depth + 1).join('/')]
}

function way (next: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): string[] | undefined {
  const queue: string[][] = [[from]]
  const seen = new Set([from])
  for (let trail = queue.shift(); trail !== undefined; trail = queue.shift()) {
    const last = trail.at(-1)
    if (last === to) return trail
    for (const folder of next.get(last ?? '') ?? []) {
      if (!seen.has(folder)) { seen.add(folder); queue.push([...trail, folder]) }
    }
  }
  return undefined
}
