import type { Category } from '../category.ts'
import type { ResolvedPlan } from '../resolve.ts'
import { ELEMENT_SIZE } from '../resolve.ts'
import { dimension, shape, type Shape, type Storage, type Tape } from '../tape/index.ts'
import { extentsOf, type Extents } from './extents.ts'
import { Parameter } from './linear.ts'
import type { Adapter } from './lora.ts'
import { hasBias, LINEAR_LAYERS, type LinearLayer } from './linearLayers.ts'
import { packedWeight } from './nf4.ts'

/** One projection of a block: its weight (null when it is quantized), bias and adapter. */
export interface Projection {
  readonly weight: Parameter | null
  readonly bias: Parameter | null
  readonly adapter: Adapter | null
}

export interface Block extends Readonly<Record<LinearLayer, Projection>> {
  readonly inputNorm: Parameter
  readonly postAttentionNorm: Parameter
  readonly queryNorm: Parameter | null
  readonly keyNorm: Parameter | null
}

/** The model's persistent tensors, laid out on a tape in the order in which transformers and PEFT create them. */
export interface Transformer {
  readonly extents: Extents
  readonly embedding: Parameter
  readonly blocks: readonly Block[]
  readonly norm: Parameter
  readonly head: Parameter
  /** Every distinct trained parameter, in order. */
  readonly trained: readonly Parameter[]
}

/** Puts a model of `layers` blocks on the tape. */
export function layOutModel (tape: Tape, resolved: ResolvedPlan, layers: number): Transformer {
  const { plan, architecture, targets } = resolved
  const { method } = plan
  const extents = extentsOf(resolved)
  const weightSize = method.kind === 'qlora' && method.upcastUnquantized ? 4 : ELEMENT_SIZE[plan.precision.weights]
  const trainsBase = method.kind === 'full'
  const trained: Parameter[] = []

  const parameter = (module: string, role: string, extent: Shape, elementSize: number, isTrained: boolean, category: Category): Parameter => {
    tape.module = module
    const result = new Parameter(tape.allocate(extent, elementSize, role, category), extent, elementSize, isTrained, `${module}.${role}`)
    if (isTrained) trained.push(result)
    return result
  }
  const base = (module: string, extent: Shape, role = 'weight'): Parameter => parameter(module, role, extent, weightSize, trainsBase, 'weights')

  const projection = (layer: LinearLayer): Projection => {
    const { weight, bias, a, b } = extents.linear[layer]
    tape.module = layer
    if (method.kind === 'qlora') packedWeight(tape, weight, method.quantization)
    const full = method.kind === 'qlora' ? null : base(layer, weight)
    const biasVector = hasBias(architecture, layer) ? base(layer, bias, 'bias') : null
    if (method.kind === 'full' || !targets.has(layer)) return { weight: full, bias: biasVector, adapter: null }
    const adapterSize = ELEMENT_SIZE[method.adapterType]
    return {
      weight: full,
      bias: biasVector,
      adapter: {
        a: parameter(layer, 'lora_A', a, adapterSize, true, 'adapters'),
        b: parameter(layer, 'lora_B', b, adapterSize, true, 'adapters'),
        inner: extents.rank,
        dropout: method.dropout
      }
    }
  }
  const block = (): Block => {
    const projections = Object.fromEntries(LINEAR_LAYERS.map((layer) => [layer, projection(layer)])) as unknown as Readonly<Record<LinearLayer, Projection>>
    return {
      ...projections,
      inputNorm: base('input_layernorm', extents.hiddenVector),
      postAttentionNorm: base('post_attention_layernorm', extents.hiddenVector),
      queryNorm: architecture.qkNorm ? base('q_norm', extents.headVector) : null,
      keyNorm: architecture.qkNorm ? base('k_norm', extents.headVector) : null
    }
  }

  const embedding = base('embed_tokens', extents.vocabulary)
  const blocks = Array.from({ length: layers }, block)
  const norm = base('norm', extents.hiddenVector)
  const head = architecture.tiedEmbeddings ? embedding : base('lm_head', extents.vocabulary)
  tape.module = 'rotary_emb'
  tape.allocate(extents.inverseFrequencies, 4, 'inverse frequencies', 'weights')
  tape.allocate(extents.inverseFrequencies, 4, 'original inverse frequencies', 'weights')
  return { extents, embedding, blocks, norm, head, trained }
}

/** A state tensor per trained parameter, in the parameter's own type unless said otherwise. */
export function stateTensors (tape: Tape, trained: readonly Parameter[], role: string, elementSize?: number): Storage[] {
  return trained.map((parameter) => {
    tape.module = parameter.storage.module
    return tape.allocate(parameter.shape, elementSize ?? parameter.elementSize, role, 'optimizer-states')
  })
}

/** One number per tensor, kept on the GPU. */
export const SCALAR_EXTENT = shape(dimension('1', 1))
