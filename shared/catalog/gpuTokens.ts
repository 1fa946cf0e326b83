import { normalize } from './tokens.ts'

/** The words of a GPU's name as people write it: `RTX4090`, `A100-SXM4-80GB`, `a100 80 g`, `3060ti`, `7900xtx`. */
export function gpuTokens (text: string): string[] {
  return normalize(text)
    .replaceAll(/\((?:r|tm)\)/g, ' ')
    .replaceAll(/(\d+)\s*(?:gib|gb|g)\b/g, ' $1gb ')
    .replaceAll(/\bsxm\d?\b/g, 'sxm')
    .replaceAll(/\b(rtx|gtx|rx)(?=\d)/g, '$1 ')
    .replaceAll(/(\d{3,4})(ti|super|xtx|xt|gre|d)\b/g, '$1 $2')
    .match(/[\p{L}\d]+/gu) ?? []
}
