import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

export type Encoding = 'br' | 'gzip'

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)

/** Compressed once per file and kept, so the thorough settings pay. */
export const compress = (body: Buffer, encoding: Encoding): Promise<Buffer> => encoding === 'br'
  ? brotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } })
  : zip(body, { level: 9 })

/** The best encoding that an Accept-Encoding header allows, null for none. */
export function chooseEncoding (accepted: string | null): Encoding | null {
  const offers = new Map((accepted ?? '').toLowerCase().split(',').map(offer => {
    const [name = '', ...parameters] = offer.split(';').map(part => part.trim())
    const quality = parameters.find(parameter => parameter.startsWith('q='))
    return [name, quality === undefined ? 1 : Number(quality.slice(2))] as const
  }))
  return (['br', 'gzip'] as const).find(name => (offers.get(name) ?? 0) > 0) ?? null
}
