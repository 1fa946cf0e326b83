import { readFileSync } from 'node:fs'
import { isGolden, readGolden } from './golden.ts'
import { isOracle, readOracle } from './oracle.ts'
import { readPublished } from './published.ts'
import { isPublished } from './publishedRow.ts'
import type { Reading } from './row.ts'

/** Reads ground truth: JSONL with a row a line, a JSON array of rows, or a JSON object with `rows`. */
export function readRows (file: string): Reading[] {
  return parseRows(readFileSync(file, 'utf8'), file).map((row, i) => toReading(row, i, file))
}

function parseRows (text: string, file: string): unknown[] {
  const whole = tryParse(text)
  if (Array.isArray(whole)) return whole
  if (typeof whole === 'object' && whole !== null && Array.isArray((whole as { rows?: unknown }).rows)) return (whole as { rows: unknown[] }).rows
  if (whole !== undefined) return [whole]
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return []
    const row = tryParse(line)
    if (row === undefined) throw new Error(`${file}, line ${i + 1} is not JSON. Ground truth is JSONL: one row a line.`)
    return [row]
  })
}

function tryParse (text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function toReading (row: unknown, index: number, file: string): Reading {
  const id = `${file}:${index + 1}`
  if (typeof row !== 'object' || row === null) return { id, reason: 'not a row: an object is expected' }
  try {
    if (isOracle(row)) return readOracle(row)
    if (isGolden(row)) return readGolden(row, index)
    if (isPublished(row)) return readPublished(row)
  } catch (error) {
    return { id, reason: `malformed row: ${(error as Error).message}` }
  }
  return { id, reason: 'unknown format: neither a golden row (dims, phase_peak_bytes) nor an oracle row (hf_config, phases) nor a published measurement (metric, measured_gib)' }
}
