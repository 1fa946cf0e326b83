import type { LightningAttention as Sizes } from '../../../../architecture/linearMixer.ts'
import { ELEMENT_SIZE } from '../../../floatType.ts'
import { dimension, Scope, shape, Tensor, type Shape } from '../../../tape/index.ts'
import type { ModelBuilder } from '../../builder.ts'
import { add, multiply, output, passThrough, silu } from '../../elementwise.ts'
import { Norm } from '../dense/norms.ts'
import { sigmoid } from '../../functional.ts'
import type { Projection } from '../../projection.ts'
import type { Run } from '../../run.ts'
import { concatenate, slice, split } from '../../views.ts'
import { maskPadding } from '../../mixers/convolution.ts'
import { batchedMatmul, rebind } from '../../mixers/scanOperations.ts'

/** Blocks run at either end of a long sequence, as in the scan of deltaScan.ts. */
const ENDS = 3

interface BlockShapes {
  /** [b, nh, 256, d] */
  readonly heads: Shape
  /** [b, nh, 256, 256] */
  readonly scores: Shape
  /** [nh, 256, 256] */
  readonly decay: Shape
}

/** `decay[..., :n, :n]` of a buffer, which is always there. */
const cut = (buffer: Tensor, extent: Shape): Tensor => new Tensor(buffer.storage, extent, buffer.elementSize, false)

/** The output; the last state, which the block's frame keeps in an unused name; and what that was made of. */
interface LightningOutput {
  readonly mixed: Tensor
  readonly state: Tensor
  readonly inputs: readonly Tensor[]
}

/** transformers MiniMaxLightningAttention: attention within blocks of tokens, a decaying state between them, norm and gate. */
export class LightningAttention {
  private readonly run: Run
  private readonly blockSize: number
  private readonly norm: Norm
  private readonly layers: readonly [Projection, Projection, Projection]
  /** Decay of the state, of queries, of keys, and within a block; buffers in the weights' type. */
  private readonly decays: readonly [Tensor, Tensor, Tensor, Tensor]
  private readonly e: { readonly all: Shape, readonly head: Shape, readonly state: Shape, readonly wide: Shape, readonly decay: Shape }

  constructor (builder: ModelBuilder, { heads, headDim, blockSize = 256 }: Sizes) {
    const { run } = builder
    const { batch, sequence, hiddenSize: h } = run
    const [nh, d, q] = [dimension('nh', heads), dimension('d', headDim), dimension('q', heads * headDim)]
    const both = dimension('3q', 3 * q.size)
    const block = dimension('block', blockSize)
    const wide = shape(batch, sequence, q)
    this.run = run
    this.blockSize = blockSize
    this.e = {
      all: shape(batch, sequence, nh, dimension('3d', 3 * headDim)),
      head: shape(batch, sequence, nh, d),
      state: shape(batch, nh, d, d),
      wide,
      decay: shape(nh)
    }
    this.norm = new Norm(builder, 'rms', 'self_attn.norm', shape(q), run.tokens)
    const [qkv, out] = [builder.linear('qkv_proj', both, h, this.e.all, false), builder.linear('out_proj', h, q, run.hidden, false)]
    this.layers = [qkv, out, builder.linear('output_gate', q, h, wide, false)]
    const size = ELEMENT_SIZE[run.plan.precision.weights]
    const buffer = (extent: Shape, role: string): Tensor => new Tensor(builder.buffer('self_attn', extent, size, role), extent, size, false)
    this.decays = [
      buffer(this.e.decay, 'slope rate'), buffer(shape(nh, block), 'query decay'), buffer(shape(nh, block), 'key decay'), buffer(shape(nh, block, block), 'diagonal decay')
    ]
  }

  forward (caller: Scope, x: Tensor): LightningOutput {
    const { e, norm, layers: [qkv, out, gate] } = this
    const { tape } = caller
    const scope = new Scope(tape)
    const raw = qkv.apply(scope, x)
    const active = rebind(scope, raw, silu(scope, raw))
    const masked = rebind(scope, active, maskPadding(scope, active, this.run))
    const [query, key, value] = split(scope, masked, [e.head, e.head, e.head]) as [Tensor, Tensor, Tensor]
    tape.module = 'self_attn'
    const { mixed, state, inputs } = this.blocks(scope, query, key, value)
    const row = rebind(scope, mixed, passThrough(scope, mixed, 'tokens first'))
    const normed = rebind(scope, row, norm.apply(scope, row))
    const asked = gate.apply(scope, x)
    const open = rebind(scope, asked, sigmoid(scope, asked))
    const gated = multiply(scope, open, normed, 'gated output')
    scope.drop(open, normed)
    const result = { mixed: scope.hand(out.apply(scope, gated), caller), state: scope.hand(state, caller), inputs }
    scope.close()
    return result
  }

  private blocks (scope: Scope, query: Tensor, key: Tensor, value: Tensor): LightningOutput {
    const { tape, batch, sequence } = this.run
    const count = Math.ceil(sequence.size / this.blockSize)
    const skipped = Math.max(0, count - 2 * ENDS - 1)
    const outputs: Tensor[] = []
    const drop = (...tensors: (Tensor | null)[]): void => scope.drop(...tensors.filter((t) => t !== null))
    let state = output(scope, this.e.state, value.elementSize, 'state')
    let intraScores: Tensor | null = null
    let intra: Tensor | null = null
    let inter: Tensor | null = null
    let next: Tensor | null = null
    let fade: Tensor | null = null
    let inputs: readonly Tensor[] = []
    let kept = 0
    let outside: Tensor | null = null
    const strided = batch.size > 1
    for (let i = 0; i < count - skipped; i++) {
      const last = i === count - skipped - 1
      const s = this.shapesOf(last ? sequence.size - (count - 1) * this.blockSize : this.blockSize)
      const before = tape.live
      let others: readonly Tensor[] = []
      if (i === ENDS && skipped > 0) {
        const own = outputs.at(-1)!.storage.bytes
        outside = output(scope, shape(dimension('blocks', skipped), dimension('bytes', own)), 1, 'output of further blocks')
        others = [output(scope, shape(dimension('blocks', skipped), dimension('bytes', kept - own)), 1, 'kept by further blocks')]
      }
      const [q, k, v] = [query, key, value].map((t) => slice(scope, t, s.heads)) as [Tensor, Tensor, Tensor]
      const [, queryDecay, keyDecay, diagonal] = this.decays
      fade = this.fade(scope, fade)
      const scores = batchedMatmul(scope, q, k, s.scores, 'scores within the block', others, [strided, strided])
      drop(intraScores, ...others)
      intraScores = scores
      const decayed = multiply(scope, scores, cut(diagonal, s.decay), 'decayed scores')
      const within = batchedMatmul(scope, decayed, v, s.heads, 'output within the block', [], [false, strided])
      drop(decayed, intra)
      intra = within
      const fadedQuery = multiply(scope, q, queryDecay, 'decayed query')
      const across = batchedMatmul(scope, fadedQuery, state, s.heads, 'read of the state', [], [strided, false])
      drop(fadedQuery, inter)
      inter = across
      outputs.push(add(scope, inter, intra, 'output of the block'))
      const fadedKey = multiply(scope, k, keyDecay, 'decayed key')
      const update = batchedMatmul(scope, fadedKey, v, this.e.state, 'update of the state', [], [strided, strided])
      drop(fadedKey, next)
      next = update
      const faded = multiply(scope, state, fade, 'decayed state')
      const sum = add(scope, faded, next, 'state')
      inputs = [state, k, v]
      drop(faded, ...inputs, q)
      state = sum
      kept = tape.live - before
    }
    const mixed = concatenate(scope, outputs, this.e.wide, 'output of all blocks')
    // The last block's output keeps its name.
    drop(...outputs.slice(0, -1), outside)
    return { mixed, state, inputs }
  }

  /** exp(−slope · block): one number per head, in fp32 under autocast. */
  private fade (scope: Scope, old: Tensor | null): Tensor {
    const [slope] = this.decays
    const size = scope.tape.autocast ? 4 : slope.elementSize
    const result = output(scope, this.e.decay, size, 'decay of the state')
    if (old) scope.drop(old)
    return result
  }

  private shapesOf (tokens: number): BlockShapes {
    const { batch } = this.run
    const [, , nh, d] = this.e.head.dimensions
    const block = dimension('block', tokens)
    return { heads: shape(batch, nh!, block, d!), scores: shape(batch, nh!, block, block), decay: shape(nh!, block, block) }
  }
}
