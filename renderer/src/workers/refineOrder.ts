import type { SweepCell } from '#shared/advice/index.ts'

/** Cells to be computed again in full, those nearest to the card's limit first: there the verdict may yet change. Refused ones have no figures. */
export function refineOrder (cells: readonly SweepCell[], limit: number | null): SweepCell[] {
  const distance = ({ total }: SweepCell): number => Math.abs(Math.log(total! / (limit || 1)))
  return cells.filter(({ total }) => total !== null).sort((a, b) => limit === null ? a.total! - b.total! : distance(a) - distance(b))
}
