import type { Architecture } from '../../../../architecture/architecture.ts'
import type { MixtureSpec } from './spec.ts'

/** The nn.Linear layers of the blocks by name. Experts are bare parameters; dense and shared MLPs have the same names, the larger one is given. */
export function linearLayers (a: Architecture, { attention, mlp }: MixtureSpec): ReadonlyMap<string, readonly [number, number]> {
  const { hiddenSize: h, moe } = a
  const [query, key] = [a.heads * a.headDim, a.kvHeads * a.headDim]
  const widths = [query, key, key]
  const dense = moe && (moe.denseFirst > 0 || moe.everyNth > 1 || moe.denseLayers?.length) ? a.intermediateSize : 0
  const f = Math.max(dense, moe?.sharedExperts?.intermediateSize ?? 0)
  return new Map<string, readonly [number, number]>([
    ...attention.projections.map((name, i) => [name, [widths[i]!, h]] as const),
    [attention.out, [h, query]],
    ...(f === 0 ? [] : [...mlp.up.map((name) => [name, [f, h]] as const), [mlp.down, [h, f]] as const])
  ])
}
