/** `2 × A100, RTX 4090`: equal names counted, in the order of first mention. */
export function countNames (devices: readonly { readonly name: string, readonly count?: number }[]): string {
  const counts = new Map<string, number>()
  for (const { name, count = 1 } of devices) counts.set(name, (counts.get(name) ?? 0) + count)
  return [...counts].map(([name, count]) => count === 1 ? name : `${count} × ${name}`).join(', ')
}
