import type { CatalogGpu } from './gpu.ts'
import { gpus } from './gpus.ts'
import { normalize } from './tokens.ts'

/** Drivers differ in what they reserve: the same card shows a total within this share of one seen before. */
const SEEN_TOLERANCE = 0.005
/** ECC takes a sixteenth of GDDR6, decimal marketing gigabytes 7 %. */
const NOMINAL_RANGE = { from: 0.92, to: 1.01 }

/**
 * The catalog's card for what a driver reports: its product name (also cut to `NVIDIA RTX 4000 Ada Gene...` as nvidia-smi's
 * table does) and its total memory, null when it gives none. Null when no card fits or more than one does: nothing is guessed.
 */
export function matchGpu (reportedName: string, totalBytes: number | null): CatalogGpu | null {
  const isName = nameTest(plain(reportedName))
  const fitting = gpus.filter((gpu) => gpu.reportedNames.some((name) => isName(plain(name))) && (totalBytes === null || fitsMemory(gpu, totalBytes)))
  return fitting.length === 1 ? fitting[0]! : null
}

/** Whether a driver's name is one of the card's. */
export function hasReportedName ({ reportedNames }: CatalogGpu, reported: string): boolean {
  const isName = nameTest(plain(reported))
  return reportedNames.some((name) => isName(plain(name)))
}

/** NVIDIA's drivers before 2021 left out the maker's name, some of AMD's tools do. */
const plain = (name: string): string => normalize(name).replaceAll(/\s+/g, ' ').replace(/^(nvidia|amd) /, '')

/** The table shows a name in full if it fits its column, so a cut one stands for longer names only. */
function nameTest (reported: string): (name: string) => boolean {
  if (!reported.endsWith('...')) return (name) => name === reported
  const start = reported.slice(0, -3).trimEnd()
  return (name) => name.length > reported.length && name.startsWith(start)
}

/** Whether the card can show that total, given what totals and sizes are known of it. */
export function fitsMemory ({ memory, configurableMemory, recalled }: CatalogGpu, total: number): boolean {
  const seen = [...memory.sizesSeen.map((size) => size.bytes), ...memory.cudaBytes === null ? [] : [memory.cudaBytes], ...recalled?.reportedBytes ?? []]
  if (seen.some((bytes) => Math.abs(total - bytes) <= bytes * SEEN_TOLERANCE)) return true
  // Which card is meant is no capacity: a recalled size may decide it.
  const nominal = memory.nominalBytes ?? recalled?.nominalBytes
  if (nominal === undefined) return seen.length === 0
  return total <= nominal * NOMINAL_RANGE.to && (configurableMemory === true || total >= nominal * NOMINAL_RANGE.from)
}
