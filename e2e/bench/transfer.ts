import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

/** Bytes that the page fetches before anything is clicked: its scripts and styles with what they import at once, compressed. */
export function initialTransfer (renderer: string): { readonly bytes: number, readonly files: readonly string[] } {
  const html = readFileSync(path.join(renderer, 'index.html'), 'utf8')
  const assets = new Set(readdirSync(path.join(renderer, 'assets')))
  const wanted = [...html.matchAll(/(?:src|href)="\.\/assets\/([^"]+)"/g)].map(([, file]) => file!)
  for (const file of wanted) {
    if (!file.endsWith('.js')) continue
    const text = readFileSync(path.join(renderer, 'assets', file), 'utf8')
    // Only static imports: what import() names comes later.
    for (const [, next] of text.matchAll(/(?:^|[;}\s])(?:import|export)[^'"();]*from\s*["']\.\/([^"']+)["']|(?:^|[;}\s])import\s*["']\.\/([^"']+)["']/g)) {
      if (next !== undefined && assets.has(next) && !wanted.includes(next)) wanted.push(next)
    }
  }
  const bytes = gzipSync(html).length + wanted.reduce((sum, file) => sum + gzipSync(readFileSync(path.join(renderer, 'assets', file))).length, 0)
  return { bytes, files: wanted }
}
