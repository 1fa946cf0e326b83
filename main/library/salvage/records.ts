import type { Pages } from './pages.ts'

/* Records out of single pages, whatever became of the rest of the file. Format: https://www.sqlite.org/fileformat2.html */

export type Value = string | number | Buffer | null

const TABLE_LEAF = 0x0D
const INDEX_LEAF = 0x0A
const INDEX_INTERIOR = 0x02
const ROW_HEADER: Readonly<Record<number, number>> = { [TABLE_LEAF]: 8, [INDEX_LEAF]: 8, [INDEX_INTERIOR]: 12 }

/** Every record that can be read from pages that are in use: rows of tables, and of tables and indexes that are kept by key. */
export function * records (pages: Pages): Generator<Value[]> {
  for (let number = 1; number <= pages.count; number++) {
    const page = pages.free.has(number) ? null : pages.page(number)
    if (page) yield * recordsOf(page, number === 1 ? 100 : 0, pages)
  }
}

function * recordsOf (page: Buffer, start: number, pages: Pages): Generator<Value[]> {
  const type = page[start] ?? 0
  const header = ROW_HEADER[type]
  if (header === undefined) return
  const cells = page.readUInt16BE(start + 3)
  if (start + header + 2 * cells > page.length) return
  for (let n = 0; n < cells; n++) {
    try {
      const payload = payloadOf(page, page.readUInt16BE(start + header + 2 * n), type, pages)
      if (payload) yield decode(payload)
    } catch (error) {
      // A length or pointer that leads out of the page is damage; its neighbours may be whole.
      if (!(error instanceof RangeError)) throw error
    }
  }
}

/** The bytes of a record, those on overflow pages included; null where the chain is broken. */
function payloadOf (page: Buffer, cell: number, type: number, { usable, page: other, count }: Pages): Buffer | null {
  let at = type === INDEX_INTERIOR ? cell + 4 : cell
  const [length, afterLength] = varint(page, at)
  at = type === TABLE_LEAF ? varint(page, afterLength)[1] : afterLength
  if (length > usable * count) return null
  const most = type === TABLE_LEAF ? usable - 35 : Math.floor((usable - 12) * 64 / 255) - 23
  if (length <= most) return slice(page, at, length)
  const least = Math.floor((usable - 12) * 32 / 255) - 23
  const fitting = least + (length - least) % (usable - 4)
  const local = fitting <= most ? fitting : least
  const parts = [slice(page, at, local)]
  let next = page.readUInt32BE(at + local)
  for (let left = length - local; left > 0;) {
    const overflow = other(next)
    if (!overflow) return null
    parts.push(overflow.subarray(4, 4 + Math.min(left, usable - 4)))
    left -= usable - 4
    next = overflow.readUInt32BE(0)
  }
  return Buffer.concat(parts)
}

function slice (bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw new RangeError('beyond the page')
  return bytes.subarray(at, at + length)
}

function decode (payload: Buffer): Value[] {
  const [headerEnd, firstType] = varint(payload, 0)
  const values: Value[] = []
  let content = headerEnd
  for (let at = firstType; at < headerEnd;) {
    const [type, next] = varint(payload, at)
    const length = lengthOf(type)
    values.push(valueOf(slice(payload, content, length), type))
    content += length
    at = next
  }
  return values
}

const INTEGER_LENGTHS = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0]

const lengthOf = (type: number): number => type < 12 ? INTEGER_LENGTHS[type] ?? 0 : (type - (type % 2 === 0 ? 12 : 13)) / 2

function valueOf (bytes: Buffer, type: number): Value {
  if (type === 0) return null
  if (type === 7) return bytes.readDoubleBE(0)
  if (type === 8 || type === 9) return type - 8
  if (type < 7) return bytes.length === 8 ? Number(bytes.readBigInt64BE(0)) : bytes.readIntBE(0, bytes.length)
  return type % 2 === 0 ? bytes : bytes.toString('utf8')
}

/** A number of up to nine bytes, seven bits each, and where it ends. Beyond 2^53 it is of no use here. */
function varint (bytes: Buffer, at: number): [value: number, end: number] {
  let value = 0
  for (let n = 0; n < 8; n++) {
    const byte = bytes.readUInt8(at + n)
    value = value * 128 + (byte & 0x7F)
    if (byte < 0x80) return [value, at + n + 1]
  }
  return [Number.MAX_SAFE_INTEGER, at + 9]
}
