import { hasAdapters, hasTargets, quantizationOf, upcastsUnquantized, type Algorithm, type Quantization } from '../../plan/index.ts'
import type { Category } from '../category.ts'
import { ELEMENT_SIZE } from '../floatType.ts'
import { trainsOutside } from '../training.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { Dimension } from '../result.ts'
import { dimension, shape, type Shape, type Storage } from '../tape/index.ts'
import { AFTER_BLOCKS, BEFORE_BLOCKS } from '../timeline.ts'
import { loraEmbedding, makeAdapter } from './adapters.ts'
import type { TableAdapter } from './adapters/loraEmbedding.ts'
import type { SharedMatrices } from './adapters/vera.ts'
import { Parameter } from './linear.ts'
import { RouterAdapter } from './moe/routerAdapter.ts'
import { StackAdapter } from './moe/stackAdapter.ts'
import { meansExperts, type StackName } from './moe/peftNames.ts'
import { Projection, type AdapterLayer } from './projection.ts'
import { weightFormat, type WeightFormat } from './quantization/index.ts'
import type { Run } from './run.ts'

/** A reward per answer; right or wrong per step. */
const SCORE_LABELS: Readonly<Partial<Record<Algorithm, number>>> = { 'reward-model': 1, 'prm': 2 }

/** Formats that transformers makes of every linear layer as it loads it, of a vision tower too (quantizers/base.py get_keys_to_not_convert); others come quantized, the tower left out. */
const QUANTIZED_WHILE_LOADING: ReadonlySet<Quantization['type']> = new Set(['nf4', 'fp4', 'int8', 'hqq', 'eetq'])

/**
 * Creates the persistent tensors of a model in the order in which transformers and PEFT create them, each as the method wants
 * it: trained or frozen, in which type, quantized, with an adapter.
 */
export class ModelBuilder {
  readonly run: Run
  /** Every distinct trained parameter, in order. */
  readonly trained: Parameter[] = []
  /** Trained ones that the loss does not depend on: they never get a gradient. */
  readonly idle: Parameter[] = []
  private makesIdle = false
  /** Rows that the layers made now see. */
  rows: readonly Dimension[]
  private readonly resolved: ResolvedPlan
  /** Bytes per element of what is not quantized. */
  readonly weightSize: number
  private trainsBase: boolean
  private matrices: SharedMatrices | null = null
  /** Of trained blocks only these layers are trained; null: all of them. */
  private chosen: ReadonlySet<string> | null
  /** How the linear layers of the blocks are stored; null when they are not quantized. */
  private format: WeightFormat | null
  /** The linear layers that carry an adapter. */
  private targets: ReadonlySet<string>

  constructor (run: Run, resolved: ResolvedPlan) {
    const { method, precision } = resolved.plan
    this.run = run
    run.tape.layer = BEFORE_BLOCKS
    this.rows = [run.batch, run.sequence]
    this.resolved = resolved
    this.weightSize = upcastsUnquantized(method) ? 4 : ELEMENT_SIZE[precision.weights]
    const quantization = quantizationOf(method)
    this.format = quantization && weightFormat(quantization)
    this.trainsBase = trainsOutside(resolved.plan)
    this.chosen = method.kind === 'freeze' && method.modules ? new Set(method.modules) : null
    this.targets = resolved.targets
  }

  /** Begins the next decoder block; sets whether its base weights are trained. */
  train (trainsBase: boolean): void {
    this.trainsBase = trainsBase
    this.run.tape.layer++
  }

  /** Embedding, last norm and head: trained when the whole model is. */
  trainOutside (): void {
    this.trainsBase = trainsOutside(this.resolved.plan)
    this.run.tape.layer = AFTER_BLOCKS
  }

  /** Makes modules that only ever run without a graph (an indexer that picks tokens): what is trained in them gets no gradient. */
  withoutGradients<T> (make: () => T): T {
    this.makesIdle = true
    const made = make()
    this.makesIdle = false
    return made
  }

  /** Makes layers that see other rows than [b, s]: an expert's own tokens. */
  withRows<T> (rows: readonly Dimension[], make: () => T): T {
    this.rows = rows
    const made = make()
    this.rows = [this.run.batch, this.run.sequence]
    return made
  }

  /**
   * Makes a part beside the language model, over rows of its own: trained where `trained` says so and the method trains weights at
   * all, its linear layers adapted where the method targets their names. Weights that are quantized as they are loaded are so here too.
   */
  beside<T> (trained: boolean, linears: Iterable<string>, rows: readonly Dimension[], make: () => T): T {
    const outside = { trainsBase: this.trainsBase, chosen: this.chosen, format: this.format, targets: this.targets }
    const { method } = this.resolved.plan
    const quantization = quantizationOf(method)
    const isTaken = (name: string): boolean => hasAdapters(method) && meansExperts(this.run.architecture.modelType, name)
    const targeted = trained && hasTargets(method) ? [...linears].filter((name) => (method.targets === 'all-linear' || method.targets.includes(name)) && !isTaken(name)) : []
    this.trainsBase = trained && (method.kind === 'full' || method.kind === 'freeze')
    this.chosen = null
    this.format = quantization && QUANTIZED_WHILE_LOADING.has(quantization.type) ? this.format : null
    this.targets = new Set(targeted)
    const made = this.withRows(rows, make)
    Object.assign(this, outside)
    return made
  }

  /** A parameter of the base model. */
  base (module: string, extent: Shape, role = 'weight'): Parameter {
    return this.parameter(module, role, extent, this.weightSize, this.trainsBase && (this.chosen?.has(module) ?? true), 'weights')
  }

  /** A part of the model that no method here trains, as one block of weights. */
  frozen (module: string, extent: Shape, elementSize = this.weightSize): Parameter {
    return this.parameter(module, 'weight', extent, elementSize, false, 'weights')
  }

  parameter (module: string, role: string, extent: Shape, elementSize: number, isTrained: boolean, category: Category): Parameter {
    const { tape } = this.run
    tape.module = module
    const result = new Parameter(tape.allocate(extent, elementSize, role, category), extent, elementSize, isTrained, `${module}.${role}`)
    result.layer = tape.layer
    if (isTrained) (this.makesIdle ? this.idle : this.trained).push(result)
    return result
  }

  /** A buffer that is not a parameter: inverse frequencies, scales. */
  buffer (module: string, extent: Shape, elementSize: number, role: string): Storage {
    this.run.tape.module = module
    return this.run.tape.allocate(extent, elementSize, role, 'weights')
  }

  /** A module outside the blocks that PEFT's modules_to_save may train as a copy of its own; the original stays, frozen. */
  saved (module: 'embed_tokens' | 'lm_head', original: Parameter): Parameter {
    const { method } = this.resolved.plan
    if (!hasAdapters(method) || !method.modulesToSave.includes(module)) return original
    return this.parameter(module, 'trained copy', original.shape, original.elementSize, true, 'adapters')
  }

  /** Outputs of the score head that takes the place of lm_head; 0: none. */
  get scoreLabels (): number {
    return SCORE_LABELS[this.resolved.plan.algorithm] ?? 0
  }

  /** nn.Linear(h, labels) without a bias (transformers modeling_layers.py). Under adapters PEFT trains a copy (peft_model.py PeftModelForSequenceClassification). */
  score (): Parameter {
    const extent = shape(dimension('labels', this.scoreLabels), this.run.hiddenSize)
    const original = this.base('score', extent)
    return hasAdapters(this.resolved.plan.method) ? this.parameter('score', 'trained copy', extent, original.elementSize, true, 'adapters') : original
  }

  /** A parameter of a classification head, which PEFT trains as a copy of its own beside adapters; the original stays, frozen. */
  classifierCopy (module: string, original: Parameter): Parameter {
    const { kind } = this.resolved.plan.method
    if (kind === 'full' || kind === 'freeze') return original
    return this.parameter(module, 'trained copy', original.shape, original.elementSize, true, 'adapters')
  }

  /** LoRA on the embedding, where it is a target. */
  tableAdapter (): TableAdapter | null {
    const { plan: { method }, targets } = this.resolved
    return targets.has('embed_tokens') && hasAdapters(method) ? loraEmbedding(this, method) : null
  }

  /** LoRA on the head, where it is a target. */
  headAdapter (weight: Parameter): AdapterLayer | null {
    const { plan: { method }, targets } = this.resolved
    return targets.has('lm_head') && hasAdapters(method) ? makeAdapter(this, method, 'lm_head', weight.shape) : null
  }

  /** LoRA on a stack of expert weights [E, out, in], where it is a target. */
  stackAdapter (name: StackName, weight: Parameter): StackAdapter | null {
    const { plan: { method }, stackTargets } = this.resolved
    const rank = stackTargets.get(name)
    if (rank === undefined || !hasAdapters(method)) return null
    const [experts, out, into] = weight.shape.dimensions
    const size = ELEMENT_SIZE[method.adapterType]
    const [r, all] = [dimension('r', rank), dimension('r·E', rank * experts!.size)]
    const a = this.parameter(`experts.${name}`, 'lora_A', shape(all, into!), size, true, 'adapters')
    const b = this.parameter(`experts.${name}`, 'lora_B', shape(out!, all), size, true, 'adapters')
    return new StackAdapter(weight, a, b, { a: shape(experts!, r, into!), b: shape(experts!, out!, r) }, method.alpha !== method.rank)
  }

  /** The router's weight, with LoRA where it is a target. */
  adaptRouter (weight: Parameter): Parameter {
    const { plan: { method }, stackTargets } = this.resolved
    const rank = stackTargets.get('router')
    if (rank === undefined || !hasAdapters(method)) return weight
    const [experts, into] = weight.shape.dimensions
    const [r, size] = [dimension('r', rank), ELEMENT_SIZE[method.adapterType]]
    const a = this.parameter('gate', 'lora_A', shape(r, into!), size, true, 'adapters')
    const b = this.parameter('gate', 'lora_B', shape(experts!, r), size, true, 'adapters')
    weight.routerAdapter = new RouterAdapter(weight, a, b)
    return weight
  }

  /** VeRA's frozen matrices, made before the first layer that shares them; as large as the largest layer that has an adapter. */
  private veraMatrices (): SharedMatrices | null {
    const { plan: { method }, family, architecture, targets } = this.resolved
    if (method.kind !== 'vera' || this.matrices) return this.matrices
    const extents = [...family.linearLayers(architecture)].filter(([name]) => targets.has(name)).map(([, extent]) => extent)
    const [out, into] = [0, 1].map((i) => Math.max(...extents.map((extent) => extent[i]!)))
    const rank = dimension('r', method.rank)
    const size = ELEMENT_SIZE[method.adapterType]
    return this.matrices = {
      a: this.parameter('vera', 'vera_A', shape(rank, dimension('largest in', into!)), size, false, 'adapters'),
      b: this.parameter('vera', 'vera_B', shape(dimension('largest out', out!), rank), size, false, 'adapters')
    }
  }

  /** A linear layer of a decoder block. Quantized weights and adapters go where the method puts them. */
  linear (name: string, out: Dimension, into: Dimension, output: Shape, hasBias: boolean, quantizes = true): Projection {
    const { method } = this.resolved.plan
    const weightShape = shape(out, into)
    this.run.tape.module = name
    // What a model keeps in fp32 (_keep_in_fp32_modules) where its other layers are quantized.
    const keeps = this.format !== null && !quantizes
    const format = quantizes ? this.format : null
    format?.store(this.run.tape, weightShape)
    const weight = format ? null : keeps ? this.parameter(name, 'weight', weightShape, 4, false, 'weights') : this.base(name, weightShape)
    const bias = hasBias ? this.base(name, shape(out), 'bias') : null
    const adapter = this.targets.has(name) ? makeAdapter(this, method, name, weightShape, this.veraMatrices(), format ?? undefined) : null
    return new Projection(name, weight, weightShape, bias, output, adapter, format)
  }
}
