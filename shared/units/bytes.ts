declare const unit: unique symbol

/** A quantity of memory in bytes. Branded so that tokens, elements and GiB cannot be passed where bytes are meant. */
export type Bytes = number & { readonly [unit]: 'bytes' }

export const KIB = 1024
export const MIB = 1024 ** 2
export const GIB = 1024 ** 3

/** Marks a plain number as bytes. Use at the edge where a number becomes a quantity. */
export const bytes = (n: number): Bytes => n as Bytes

/** Gibibytes to bytes: `gib(24)` is 25,769,803,776. */
export const gib = (n: number): Bytes => Math.round(n * GIB) as Bytes

/** Mebibytes to bytes. */
export const mib = (n: number): Bytes => Math.round(n * MIB) as Bytes

/** Bytes as a plain number of GiB. */
export const toGib = (b: Bytes): number => b / GIB
