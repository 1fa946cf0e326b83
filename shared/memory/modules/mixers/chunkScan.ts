import type { Mamba2 } from '../../../architecture/linearMixer.ts'
import { dimension, edgeOf, GradNode, Scope, shape, type Shape, type Tensor } from '../../tape/index.ts'
import { add, cast, needsGrad, output, passThrough } from '../elementwise.ts'
import type { Parameter } from '../linear.ts'
import { clamp } from '../functional.ts'
import type { Run } from '../run.ts'
import { concatenate, slice } from '../views.ts'
import { contract, type Contraction } from './contraction.ts'
import { cumulativeSum, exponential, pad, repeated, softplus, subtractFromLast, times, viewed } from './operations.ts'
import { segmentSum } from './segmentSum.ts'

/** Extents of one chunked scan. */
export interface ChunkSizes {
  readonly heads: Shape
  readonly steps: Shape
  readonly steps1: Shape
  readonly grouped: Shape
  readonly states: Shape
  readonly chunks: number
  readonly batch: number
  readonly isPadded: boolean
  readonly padded: Readonly<Record<'x' | 'steps' | 'states', Shape>>
  /** [b, h, c, 1] */
  readonly lastSteps: Shape
  /** [b, h, c, l, l] */
  readonly scores: Shape
  readonly mask: Shape
  /** [b, c, h, p, n], of one chunk, and of all with an initial one */
  readonly chunkStates: Readonly<Record<'own' | 'one' | 'all', Shape>>
  /** [b, h, c + 1] and [b, h, c + 1, c + 1] */
  readonly decay: Readonly<Record<'steps' | 'pairs' | 'mask', Shape>>
}

export function chunkSizes (run: Run, { heads, headDim, groups, stateSize, chunk = 256 }: Mamba2): ChunkSizes {
  const { batch: b, sequence: s } = run
  const [h, p, g, n, l] = [dimension('h', heads), dimension('p', headDim), dimension('g', groups), dimension('n', stateSize), dimension('l', chunk)]
  const chunks = Math.ceil(s.size / chunk)
  const c = dimension('c', chunks)
  const c1 = dimension('c+1', chunks + 1)
  const one = dimension('1', 1)
  const long = chunks * chunk === s.size ? s : dimension('⌈s⌉ₗ', chunks * chunk)
  return {
    heads: shape(b, s, h, p),
    steps: shape(b, s, h),
    steps1: shape(b, s, h, one),
    grouped: shape(b, s, g, n),
    states: shape(b, s, h, n),
    chunks,
    batch: b.size,
    isPadded: long !== s,
    padded: { x: shape(b, long, h, p), steps: shape(b, long, h), states: shape(b, long, h, n) },
    lastSteps: shape(b, h, c, one),
    scores: shape(b, h, c, l, l),
    mask: shape(l, l),
    chunkStates: { own: shape(b, c, h, p, n), one: shape(b, one, h, p, n), all: shape(b, c1, h, p, n) },
    decay: { steps: shape(b, h, c1), pairs: shape(b, h, c1, c1), mask: shape(c1, c1) }
  }
}

/** The arguments of one scan: x [b, s, h, p], dt [b, s, h], B and C [b, s, g, n], A [h] computed, D and the bias of dt parameters. */
export interface ScanInputs {
  readonly x: Tensor
  readonly dt: Tensor
  readonly a: Tensor
  readonly b: Tensor
  readonly c: Tensor
  readonly d: Parameter
  readonly dtBias: Parameter
}

/**
 * transformers models/mamba2/modeling_mamba2.py mamba2_chunk_scan (the same in every Mamba-2 family): what runs where mamba-ssm is
 * not installed. Everything is in fp32; the output is too. Whether an einsum copies its operands follows from their strides.
 */
export function chunkScan (caller: Scope, inputs: ScanInputs, sizes: ChunkSizes): Tensor {
  const scope = new Scope(caller.tape)
  const { chunks, padded, scores, chunkStates } = sizes
  const [severalChunks, several] = [chunks > 1, chunks * sizes.batch > 1]
  const plain = (extent: Shape, role: string, own: Partial<Contraction>): Contraction =>
    ({ copiesLeft: several, copiesRight: several, copiesGradient: several, extent, role, ...own })

  const dt = discretized(scope, inputs.dt, inputs.dtBias)
  const x = cast(scope, inputs.x, 4, 'x in fp32')
  const b = forEveryHead(scope, inputs.b, sizes.states)
  const c = forEveryHead(scope, inputs.c, sizes.states)
  const skip = skipConnection(scope, inputs.d, x, padded.x)
  const dtOfHeads = cast(scope, viewed(scope, dt, sizes.steps1), 4, 'dt in fp32')
  const discrete = times(scope, x, dtOfHeads, sizes.heads, 'x · dt')
  scope.drop(x, dtOfHeads)
  const dtWide = cast(scope, dt, 4, 'dt in fp32')
  const a = times(scope, inputs.a, dtWide, sizes.steps, 'A · dt')
  if (dtWide !== dt) scope.drop(dtWide)

  const longX = inChunks(scope, discrete, padded.x, severalChunks)
  const longA = inChunks(scope, a, padded.steps, false)
  const longB = inChunks(scope, b, padded.states, severalChunks)
  const longC = inChunks(scope, c, padded.states, severalChunks)
  scope.drop(discrete, a, b, c)
  const summed = cumulativeSum(scope, longA, 'A, summed')

  const segments = segmentSum(scope, scope.alias(longA), scores, sizes.mask)
  const l = exponential(scope, segments, 'decay within chunks')
  scope.drop(segments)
  const g = contract(scope, longC, longB, plain(scores, 'C · B', { copiesGradient: false }))
  const m = times(scope, g, l, scores, 'scores')
  const diagonal = contract(scope, m, longX, plain(padded.x, 'output within chunks', { copiesLeft: false, copiesRight: severalChunks }))

  const last = slice(scope, summed, sizes.lastSteps)
  const difference = subtractFromLast(scope, last, summed, 'decay exponents')
  scope.drop(last)
  const decays = exponential(scope, difference, 'decay to the end of the chunk')
  scope.drop(difference)
  const decayed = times(scope, longB, decays, padded.states, 'B, decayed')
  const own = contract(scope, longX, decayed, plain(chunkStates.own, 'states of the chunks', { copiesLeft: severalChunks, copiesGradient: severalChunks }))

  const initial = output(scope, chunkStates.one, own.elementSize, 'initial state')
  const all = concatenate(scope, [initial, own], chunkStates.all, 'initial state and states')
  scope.drop(own)
  const between = decayBetweenChunks(scope, summed, sizes)
  const passed = contract(scope, between, all, plain(chunkStates.all, 'states at the start of the chunks', {
    copiesLeft: false, copiesRight: sizes.batch > 1, copiesGradient: sizes.batch > 1
  }))
  scope.drop(all)
  const starts = slice(scope, passed, chunkStates.own)

  const toOutput = exponential(scope, summed, 'decay from the start of the chunk')
  const carried = contract(scope, longC, starts, plain(padded.x, 'C · states', { copiesRight: severalChunks }))
  const offDiagonal = times(scope, carried, toOutput, padded.x, 'output across chunks')
  const sum = add(scope, diagonal, offDiagonal, 'sum of outputs')
  const contiguous = passThrough(scope, sum, 'output')
  scope.drop(sum)
  const result = add(scope, contiguous, skip, 'output and skip connection')
  scope.drop(contiguous)
  return scope.return(sizes.isPadded ? slice(scope, result, sizes.heads) : result, caller)
}

/** softplus(dt + bias), clamped: each rebinds the name. */
function discretized (scope: Scope, dt: Tensor, bias: Parameter): Tensor {
  const shift = cast(scope, bias, dt.elementSize, 'bias in the type of dt')
  const shifted = add(scope, dt, shift, 'dt + bias')
  if (shift !== bias) scope.drop(shift)
  const positive = softplus(scope, shifted)
  scope.drop(shifted)
  const result = clamp(scope, positive, 2)
  scope.drop(positive)
  return result
}

function forEveryHead (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const wide = cast(scope, x, 4, 'in fp32')
  const result = repeated(scope, wide, extent)
  if (wide !== x) scope.drop(wide)
  return result
}

/** D · x over the padded sequence. */
function skipConnection (scope: Scope, d: Parameter, x: Tensor, extent: Shape): Tensor {
  const long = pad(scope, x, extent, 'x, padded')
  const result = times(scope, d, long, extent, 'skip connection')
  scope.drop(long)
  return result
}

/** Padded to whole chunks and viewed as them; a gradient in another order is copied first. */
function inChunks (scope: Scope, x: Tensor, extent: Shape, copiesGradient: boolean): Tensor {
  const result = pad(scope, x, extent, 'padded to whole chunks')
  const { tape } = scope
  if (copiesGradient && needsGrad(tape, result)) result.node = new GradNode(tape, [edgeOf(result)], [], () => [tape.allocate(extent, x.elementSize, 'gradient')])
  return result
}

/** exp(segment_sum(pad(summed[…, −1]))): how much of a chunk's state reaches each later chunk. */
function decayBetweenChunks (scope: Scope, summed: Tensor, { lastSteps, decay }: ChunkSizes): Tensor {
  const last = slice(scope, summed, lastSteps)
  const long = pad(scope, last, decay.steps, 'last sums, padded')
  scope.drop(last)
  const segments = segmentSum(scope, long, decay.pairs, decay.mask)
  const result = exponential(scope, segments, 'decay between chunks')
  scope.drop(segments)
  return result
}
