import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import type { OperatingSystem, Probe } from '../evidence.ts'
import { findTool } from '../findTool.ts'

/** Where a probe's tool lies on this machine, or null. `pathOnly`: nowhere but on PATH. */
export function toolPath ({ tool, places, placesFirst }: Probe, system: OperatingSystem, env: NodeJS.ProcessEnv, pathOnly = false): string | null {
  const folders = (by: Probe['places']): string[] => pathOnly ? [] : (by?.[system] ?? []).flatMap((place) => foldersOf(place, system, env))
  if (path.isAbsolute(tool)) return findTool({ name: path.basename(tool), env: {}, before: [path.dirname(tool)] })
  return findTool({ name: tool, env, before: folders(placesFirst), after: folders(places) })
}

/** The folders that a place means: `%NAME%` replaced by the variable's value, `*` by what is there, the newest first. */
export function foldersOf (place: string, system: OperatingSystem, env: NodeJS.ProcessEnv): string[] {
  const filled = fill(place, env)
  if (filled === null) return []
  if (!filled.includes('*')) return [filled]
  const { join, sep } = system === 'win32' ? path.win32 : path.posix
  const [fixed, pattern] = split(filled, sep)
  const prefix = pattern.slice(0, pattern.indexOf('*')).toLowerCase()
  try {
    return readdirSync(fixed, { withFileTypes: true })
      .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && entry.name.toLowerCase().startsWith(prefix))
      .map((entry) => join(fixed, entry.name))
      .map((folder) => ({ folder, changed: statSync(folder).ctimeMs }))
      .sort((a, b) => b.changed - a.changed)
      .map(({ folder }) => join(folder, rest(filled, sep)))
  } catch {
    return []
  }
}

/** Windows' environment is blind to case, a copy of it is not. No drive letter is guessed. */
function fill (place: string, env: NodeJS.ProcessEnv): string | null {
  const name = /^%([^%]+)%/.exec(place)?.[1]
  if (name === undefined) return place
  const key = Object.keys(env).find((known) => known.toLowerCase() === name.toLowerCase())
  const value = key === undefined ? undefined : env[key]
  return value ? value + place.slice(name.length + 2) : null
}

/** The folder before the segment with the star, and that segment. */
function split (place: string, sep: string): [string, string] {
  const segments = place.split(sep)
  const starred = segments.findIndex((segment) => segment.includes('*'))
  return [segments.slice(0, starred).join(sep) || sep, segments[starred]!]
}

function rest (place: string, sep: string): string {
  const segments = place.split(sep)
  return segments.slice(segments.findIndex((segment) => segment.includes('*')) + 1).join(sep)
}
