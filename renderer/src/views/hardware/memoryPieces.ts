import type { GpuMemory } from '#shared/contract/index.ts'

export type PieceKind = 'reserved' | 'used' | 'free'

export interface MemoryPiece {
  readonly kind: PieceKind
  readonly bytes: number
  /** Of the whole memory. */
  readonly share: number
}

/** A device's memory as the pieces of a bar: what the driver keeps, what is in use, what is free. Null without a total. */
export function memoryPieces ({ totalBytes, reservedBytes, usedBytes, freeBytes }: GpuMemory): MemoryPiece[] | null {
  if (totalBytes === null || totalBytes <= 0) return null
  const amounts: readonly (readonly [PieceKind, number | null])[] = [['reserved', reservedBytes], ['used', usedBytes], ['free', freeBytes]]
  return amounts.flatMap(([kind, bytes]) => bytes === null || (bytes === 0 && kind === 'reserved') ? [] : [{ kind, bytes, share: Math.min(1, bytes / totalBytes) }])
}
