import type { Category } from '../category.ts'
import type { CheckpointFrame } from './checkpoint.ts'
import { categoryIndex, copyHeld, emptyHeld, PeakRecord, type Held } from './peak.ts'
import type { Scope } from './scope.ts'
import { SCALAR, type Shape } from './shape.ts'
import { roundedBytes, Storage, type Owner } from './storage.ts'
import type { Tensor } from './tensor.ts'

/** A parameter: where its tensors are counted. */
interface Owned {
  readonly storage: Storage
  readonly layer: number
}

/**
 * The ledger of one simulated process: what is live now, by category, and the highest point of every stretch. Module code
 * and the backward engine allocate and release through it; nothing else counts bytes.
 */
export class Tape {
  live = 0
  readonly held = emptyHeld()

  /* State that PyTorch keeps per thread. */
  gradEnabled = true
  /** Element size that torch.autocast computes in; 0 when off. */
  autocast = 0
  /** Casts of fp32 leaf weights kept until the autocast region ends (ATen/autocast_mode.cpp cached_cast); null when off. */
  weightCache: Map<Tensor, Tensor> | null = null
  /** PEFT's disable_adapter: off while the base model serves as its own reference. */
  adapters = true
  /** While another view of a model that is loaded already is made: its tensors take no memory of their own. */
  sharesMemory = false
  /** Receives every tensor that is made while somebody asks for them. */
  collected: Storage[] | null = null
  /** Receives what autograd saves while a checkpointed block runs. */
  frame: CheckpointFrame | null = null
  readonly scopes: Scope[] = []
  /** What nodes of the current autograd graph keep as attributes of their contexts, out of sight of saved-tensor hooks. */
  graphKept: Storage[] = []
  /** Tensors made while a checkpointed block runs again that live on after it, with the part of its graph behind them. */
  survivors: Tensor[] = []
  sequence = 0

  /* Labels for what is allocated next. */
  /** The model of the algorithm that it belongs to. */
  owner: Owner = 'policy'
  module = ''
  category: Category = 'activations'
  /** Where it is written that what is allocated next exists; empty where role and module say it. */
  source = ''
  /** Index of the decoder block being run, or that owns what is being made; negative outside. */
  layer = -1

  /** What is allocated now stands for something else and makes no peak. */
  muted = false

  /** Bytes of the largest storage so far, and how many have been made. */
  largest = 0
  made = 0

  /** Every storage once when it appears and once more when it goes; null when nobody asks. */
  readonly events: Storage[] | null
  /** `layer` at every event. */
  readonly layers: number[] = []

  private record = new PeakRecord()
  private peakUnsaved = false

  constructor (options: { readonly log: boolean }) {
    this.events = options.log ? [] : null
  }

  /** From now on peaks count towards `record`; what is live already counts at once. */
  observe (record: PeakRecord): void {
    this.savePeak()
    this.record = record
    this.touch()
  }

  allocate (shape: Shape, elementSize: number, role: string, category: Category = this.category): Storage {
    const storage = new Storage(shape, elementSize, this.module, role, category, this.sharesMemory ? 0 : roundedBytes(shape.elements * elementSize))
    if (this.source) storage.source = this.source
    if (this.owner !== 'policy') storage.owner = this.owner
    this.collected?.push(storage)
    this.made++
    this.live += storage.bytes
    this.held[categoryIndex(category)]! += storage.bytes
    if (storage.bytes > this.largest) this.largest = storage.bytes
    if (this.events) {
      storage.bornAt = this.events.length
      storage.layer = this.layer
      this.log(storage)
    }
    this.touch()
    return storage
  }

  /** So many bytes that stand for several storages that come and go together. */
  lump (bytes: number, category: Category): Storage {
    const storage = new Storage(SCALAR, 1, '', '', category, bytes)
    this.live += bytes
    this.held[categoryIndex(category)]! += bytes
    return storage
  }

  /** Memory was higher for a moment, by so much of these categories. */
  peakOver (bytes: number, held: Held): void {
    this.savePeak()
    const { record } = this
    if (this.live + bytes <= record.bytes) return
    record.bytes = this.live + bytes
    for (let i = 0; i < held.length; i++) record.held[i] = this.held[i]! + held[i]!
  }

  retain (storage: Storage): Storage {
    storage.references++
    return storage
  }

  /** `ctx.x = x`: kept until the graph is freed, not only until its node has run; checkpoints do not see it. */
  keepWithGraph (storage: Storage): void {
    this.graphKept.push(this.retain(storage))
  }

  freeGraph (): void {
    for (const storage of this.graphKept) this.release(storage)
    this.graphKept = []
  }

  release (storage: Storage): void {
    if (--storage.references > 0) return
    this.savePeak()
    this.live -= storage.bytes
    this.held[categoryIndex(storage.category)]! -= storage.bytes
    if (this.events) this.log(storage)
  }

  /** A live storage serves another purpose from now on: a block's input becomes a checkpoint, a temporary becomes a gradient. */
  recategorize (storage: Storage, category: Category): void {
    if (storage.category === category) return
    this.savePeak()
    this.held[categoryIndex(storage.category)]! -= storage.bytes
    this.held[categoryIndex(category)]! += storage.bytes
    storage.category = category
  }

  /** Allocates and releases at once: a workspace inside a kernel, alive together with what is live now. */
  transient (...storages: readonly (readonly [Shape, number, string])[]): void {
    const made = storages.map(([shape, elementSize, role]) => this.allocate(shape, elementSize, role, 'temporaries'))
    for (const storage of made) this.release(storage)
  }

  /** What is made or let go of next belongs to this parameter. */
  label ({ storage, layer }: Owned): void {
    this.module = storage.module
    this.layer = layer
  }

  /** Ends observation: the last peak is written to its record. */
  finish (): void {
    this.savePeak()
  }

  private log (storage: Storage): void {
    this.events!.push(storage)
    this.layers.push(this.layer)
  }

  private touch (): void {
    if (this.live <= this.record.bytes || this.muted) return
    this.record.bytes = this.live
    this.peakUnsaved = true
  }

  /** Categories are copied only when memory is about to fall from a new peak, not on every step up to it. */
  private savePeak (): void {
    if (!this.peakUnsaved) return
    this.peakUnsaved = false
    copyHeld(this.held, this.record.held)
    this.record.event = this.events?.length ?? 0
  }
}
