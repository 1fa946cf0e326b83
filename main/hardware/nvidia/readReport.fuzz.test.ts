import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runOf } from '../fixtures/run.ts'
import { interpret } from './interpret.ts'

const captures = ['tesla-t4', 'a100-sxm4-40gb-mig', 'gtx-1070-ti', 'rtx-3060-v12'].map((name) =>
  readFileSync(new URL(`../fixtures/nvidia/xml/${name}.xml`, import.meta.url), 'utf8'))

type Edit = { readonly at: number, readonly length: number, readonly insert: string }

const snippet = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('<', '>', '</', '&', ']]>', '<!--', '-->', '<gpu id="x">', '</gpu>', '<total>', '</total>', '<fb_memory_usage>', '<used>7 MiB</used>',
    '<supported_clocks>', 'N/A', '99999999999999999999 MiB', '\u0000', '\uD800', '<![CDATA[', '<?x ?>', '&#57;')
)
const edit: fc.Arbitrary<Edit> = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.nat({ max: 60 }), insert: snippet })

function mutate (text: string, edits: readonly Edit[]): string {
  return edits.reduce((current, { at, length, insert }) => {
    const start = Math.floor(at * current.length)
    return current.slice(0, start) + insert + current.slice(start + length)
  }, text)
}

/** Every figure of memory that stands in the document, in bytes. */
function figuresIn (text: string): Set<number> {
  const units = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }
  // Decoded as XML decodes it: a character reference is another way to write the digit.
  const decoded = text.replaceAll('&#57;', '9')
  return new Set([...decoded.matchAll(/(?<![\d.])(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB)/g)].map((m) => Number(m[1]) * units[m[2] as keyof typeof units]))
}

describe('a damaged report', () => {
  it('never throws and never yields a figure that is not in the document', () => {
    fc.assert(fc.property(fc.constantFrom(...captures), fc.array(edit, { minLength: 1, maxLength: 12 }), fc.double({ min: 0, max: 1, noNaN: true }), (capture, edits, cut) => {
      const edited = mutate(capture, edits)
      const text = cut < 0.3 ? edited.slice(0, Math.floor(edited.length * (0.4 + cut))) : edited
      const figures = figuresIn(text)
      const { gpus, findings } = interpret(runOf({ stdout: text }))
      expect(gpus.length > 0 || findings.length > 0).toBe(true)
      for (const gpu of gpus) {
        const memories = [gpu.memory, ...gpu.mig?.slices.map((s) => s.memory) ?? []]
        const read = [...memories.flatMap((m) => [m.totalBytes, m.reservedBytes, m.usedBytes, m.freeBytes]), ...(gpu.processes ?? []).map((p) => p.usedBytes)]
        for (const bytes of read) if (bytes !== null) expect(figures).toContain(bytes)
      }
    }), { numRuns: 300 })
  })
})
