import { SaxesParser } from 'saxes'
import { noNumber } from './noNumber.ts'

/** One element of nvidia-smi's report. */
export interface Element {
  readonly name: string
  readonly id: string | null
  readonly children: Element[]
  /** Runs of text; a plain value is exactly one. */
  readonly texts: string[]
  damaged: boolean
  closed: boolean
}

/** Lists of clock speeds: most of a report's bytes, and nothing that is read here. */
function withoutClockLists (text: string): string {
  const [open, close] = ['<supported_clocks>', '</supported_clocks>']
  const kept: string[] = []
  let from = 0
  for (let start = text.indexOf(open); start >= 0; start = text.indexOf(open, from)) {
    const end = text.indexOf(close, start)
    // A list without its end must not reach into the next card's.
    if (end < 0 || text.slice(start, end).includes('</gpu>')) break
    kept.push(text.slice(from, start))
    from = end + close.length
  }
  return [...kept, text.slice(from)].join('')
}

/** Far beyond any real report (16 cards: 320 kB, 6,000 elements); reading stops there, so that no output can keep the app busy. */
const LIMITS = { characters: 2 * 1024 ** 2, elements: 100_000, depth: 32, errors: 200 }

class NotAReport extends Error {}

/** In an unescaped process name, or an entity that the document declares: taken as text, or the parser would look for its end. */
const STRAY_AMPERSAND = /&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-f]{1,6});)/gi

/**
 * The root element `nvidia_smi_log` as a tree, or null when the text has none. What is cut off or damaged stays in the tree and
 * is marked. Entities are never expanded beyond XML's own five, and the document type is not fetched.
 */
export function readElements (text: string): Element | null {
  const start = reportStart(text)
  if (start < 0) return null
  const top = element('', null)
  const open = [top]
  let errors = 0
  let elements = 0
  const parser = new SaxesParser<{ position: false, xmlns: false }>({ position: false, xmlns: false })
  parser.on('error', () => {
    open.at(-1)!.damaged = true
    if (++errors > LIMITS.errors) throw new NotAReport()
  })
  parser.on('opentag', ({ name, attributes }) => {
    const child = element(name, attributes['id'] ?? null)
    open.at(-1)!.children.push(child)
    open.push(child)
    if (++elements > LIMITS.elements || open.length > LIMITS.depth) throw new NotAReport()
  })
  parser.on('text', (run) => {
    const trimmed = run.trim()
    if (trimmed !== '') open.at(-1)!.texts.push(trimmed)
  })
  parser.on('closetag', () => {
    if (open.length > 1) open.pop()!.closed = true
  })
  // Elements that the text leaves open stay `closed: false`; `close()` would close them.
  try {
    parser.write(withoutClockLists(text.slice(start)).slice(0, LIMITS.characters).replaceAll(STRAY_AMPERSAND, '&amp;'))
  } catch (error) {
    if (!(error instanceof NotAReport)) throw error
  }
  return top.children.find((child) => child.name === 'nvidia_smi_log') ?? null
}

/** Log lines of injected libraries may come before the report. */
function reportStart (text: string): number {
  const starts = [text.indexOf('<?xml'), text.indexOf('<nvidia_smi_log')].filter((index) => index >= 0)
  return starts.length === 0 ? -1 : Math.min(...starts)
}

const element = (name: string, id: string | null): Element => ({ name, id, children: [], texts: [], damaged: false, closed: false })

/** The element at a path of names, or null. A path that is not unique names nothing that can be relied on. */
export function at (from: Element, ...names: readonly string[]): Element | null {
  let here = from
  for (const name of names) {
    const found = onlyChild(here, name)
    if (found === null) return null
    here = found
  }
  return here
}

/** Called some 50 times a card, so without making lists. */
function onlyChild ({ children }: Element, name: string): Element | null {
  let found: Element | null = null
  for (const child of children) {
    if (child.name !== name) continue
    if (found !== null) return null
    found = child
  }
  return found
}

/** The text of the element at a path: null when absent, damaged, cut off, or when it means that there is no value. */
export function valueAt (from: Element, ...names: readonly string[]): string | null {
  const raw = rawAt(from, ...names)
  return raw === null || noNumber(raw) !== null ? null : raw
}

/** The text as it stands, unknown or not. */
export function rawAt (from: Element, ...names: readonly string[]): string | null {
  const found = at(from, ...names)
  if (found === null || found.damaged || !found.closed || found.children.length > 0 || found.texts.length !== 1) return null
  return found.texts[0]!
}
