import { readFileSync } from 'node:fs'

interface Entry { readonly files?: Readonly<Record<string, Entry>>, readonly unpacked?: boolean }

export interface AsarFile { readonly path: string, readonly unpacked: boolean }

/**
 * Every file named in an asar archive. The archive begins with four 32-bit numbers, the last of which is the length of the
 * JSON directory that follows.
 */
export function asarFiles (archive: string): AsarFile[] {
  const bytes = readFileSync(archive)
  const directory = JSON.parse(bytes.toString('utf8', 16, 16 + bytes.readUInt32LE(12))) as Entry
  const walk = (entry: Entry, path: string): AsarFile[] => entry.files
    ? Object.entries(entry.files).flatMap(([name, child]) => walk(child, path ? `${path}/${name}` : name))
    : [{ path, unpacked: entry.unpacked === true }]
  return walk(directory, '').toSorted((a, b) => a.path < b.path ? -1 : 1)
}
