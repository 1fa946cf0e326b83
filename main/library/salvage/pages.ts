import { existsSync, readFileSync } from 'node:fs'

/* The pages of a SQLite file that SQLite itself refuses to read. Format: https://www.sqlite.org/fileformat2.html */

export interface Pages {
  readonly count: number
  /** Bytes of a page that hold content. */
  readonly usable: number
  /** A page by its number, from 1; null beyond the end. */
  readonly page: (number: number) => Buffer | null
  /** Pages that hold nothing any more. */
  readonly free: ReadonlySet<number>
}

const HEADER = 100
const DEFAULT_PAGE = 4096

/** Reads a file with its log, as far as the log was committed. */
export function readPages (file: string): Pages {
  const bytes = readFileSync(file)
  const log = existsSync(`${file}-wal`) ? readFileSync(`${file}-wal`) : Buffer.alloc(0)
  const size = pageSize(bytes, log)
  const newer = committedPages(log, size)
  const count = Math.max(Math.floor(bytes.length / size), ...newer.keys())
  const page = (number: number): Buffer | null => newer.get(number) ?? (number * size <= bytes.length ? bytes.subarray((number - 1) * size, number * size) : null)
  return { count, usable: size, page, free: freePages(page, count) }
}

/** From the file's header, else from the log's, else what this library uses. */
function pageSize (bytes: Buffer, log: Buffer): number {
  const stated = bytes.length >= HEADER && bytes.toString('latin1', 0, 15) === 'SQLite format 3' ? bytes.readUInt16BE(16) : 0
  const size = stated === 1 ? 65_536 : stated
  if (size >= 512 && (size & (size - 1)) === 0) return size
  return log.length >= 32 && log.readUInt32BE(8) === DEFAULT_PAGE ? log.readUInt32BE(8) : DEFAULT_PAGE
}

/** The newest version of each page in the log, up to its last commit. Frames of an earlier log, or torn ones, end it. */
function committedPages (log: Buffer, size: number): Map<number, Buffer> {
  const committed = new Map<number, Buffer>()
  if (log.length < 32 || log.readUInt32BE(8) !== size) return committed
  const littleEndian = (log.readUInt32BE(0) & 1) === 0
  const pending = new Map<number, Buffer>()
  let sum = checksum(log.subarray(0, 24), [0, 0], littleEndian)
  for (let at = 32; at + 24 + size <= log.length; at += 24 + size) {
    if (!log.subarray(at + 8, at + 16).equals(log.subarray(16, 24))) break
    sum = checksum(log.subarray(at + 24, at + 24 + size), checksum(log.subarray(at, at + 8), sum, littleEndian), littleEndian)
    if (log.readUInt32BE(at + 16) !== sum[0] || log.readUInt32BE(at + 20) !== sum[1]) break
    pending.set(log.readUInt32BE(at), log.subarray(at + 24, at + 24 + size))
    if (log.readUInt32BE(at + 4) === 0) continue
    for (const [number, page] of pending) committed.set(number, page)
    pending.clear()
  }
  return committed
}

function checksum (bytes: Buffer, [first, second]: readonly [number, number], littleEndian: boolean): [number, number] {
  let [a, b] = [first, second]
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    a = (a + (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) + b) >>> 0
    b = (b + (littleEndian ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4)) + a) >>> 0
  }
  return [a, b]
}

function freePages (page: Pages['page'], count: number): Set<number> {
  const free = new Set<number>()
  let trunk = page(1)?.readUInt32BE(32) ?? 0
  while (trunk > 0 && trunk <= count && !free.has(trunk)) {
    free.add(trunk)
    const bytes = page(trunk)
    if (!bytes) break
    const leaves = Math.min(bytes.readUInt32BE(4), bytes.length / 4 - 2)
    for (let n = 0; n < leaves; n++) free.add(bytes.readUInt32BE(8 + 4 * n))
    trunk = bytes.readUInt32BE(0)
  }
  return free
}
