import path from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8'
}

export const contentType = (file: string): string => TYPES[path.extname(file)] ?? 'application/octet-stream'

/** Whether compressing pays: the image and font formats are compressed already. */
export const isCompressible = (file: string): boolean => ['.html', '.js', '.css', '.json', '.svg', '.wasm', '.txt'].includes(path.extname(file))
