import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const SOURCES = ['{renderer,shared,main}/**/*', 'vite.*.config.ts', 'package-lock.json']
const NOT_BUILT = /\.test\.ts$|(^|[\\/])fixtures[\\/]/

const stampFile = (root: string): string => path.join(root, 'out', 'sources')

/** Names every source with its size and time: changes with any edit, addition, removal or change of branch. */
function fingerprint (root: string): string {
  const hash = createHash('sha256')
  for (const file of globSync(SOURCES, { cwd: root }).filter(name => !NOT_BUILT.test(name)).toSorted()) {
    const { size, mtimeMs } = statSync(path.join(root, file))
    hash.update(`${file}\0${size}\0${mtimeMs}\n`)
  }
  return hash.digest('hex')
}

/** True when out/ was built from the sources as they are. */
export function isFresh (root: string): boolean {
  return existsSync(path.join(root, 'out', 'renderer', 'index.html')) &&
    existsSync(stampFile(root)) && readFileSync(stampFile(root), 'utf8') === fingerprint(root)
}

/** Records, before a build, what it is made from; to be written when it has succeeded. */
export function stamp (root: string): () => void {
  const sources = fingerprint(root)
  return () => {
    mkdirSync(path.dirname(stampFile(root)), { recursive: true })
    writeFileSync(stampFile(root), sources)
  }
}
