import type { Category } from '../category.ts'
import type { CheckpointFrame } from './checkpoint.ts'
import type { Storage } from './storage.ts'
import type { Tape } from './tape.ts'
import type { Tensor } from './tensor.ts'

export type Edge = GradNode | Leaf | null

/** Takes the gradient of a node's output and what it saved; returns a gradient per edge, each holding one reference. */
export type Backward = (gradient: Storage, saved: readonly Storage[]) => readonly (Storage | null)[]

/** Brings the gradients of a node to their operands' extents and types. */
export type Fit = (gradients: readonly (Storage | null)[]) => readonly (Storage | null)[]

/** The AccumulateGrad node of a parameter (torch/csrc/autograd/functions/accumulate_grad.h). */
export class Leaf {
  /** `.grad` */
  grad: Storage | null = null
  /** The engine's input buffer while more gradients are to come. */
  incoming: Storage | null = null
  dependencies = 0
  /** Tensor.register_hook: runs before a gradient is accumulated. */
  beforeGrad: (() => void) | null = null
  /** Tensor.register_post_accumulate_grad_hook */
  afterGrad: (() => void) | null = null
}

/** What most nodes save. */
export const NOTHING: readonly Storage[] = []

/** A backward function with what it keeps alive. */
export class GradNode {
  readonly sequence: number
  edges: readonly Edge[]
  backward: Backward
  readonly module: string
  readonly category: Category
  readonly layer: number
  /** Each holds one reference. */
  saved: readonly Storage[]
  /** engine.cpp validate_outputs, after the backward function and, under a checkpoint, after its saved tensors have gone. */
  fit: Fit | null = null
  /** Where a checkpoint keeps this node's saved tensors instead; null when the node saves them itself. */
  readonly frame: CheckpointFrame | null
  firstSlot = 0
  slots = 0
  incoming: Storage | null = null
  dependencies = 0
  visit = 0

  constructor (tape: Tape, edges: readonly Edge[], saved: readonly Storage[], backward: Backward) {
    this.sequence = ++tape.sequence
    this.edges = edges
    this.backward = backward
    this.module = tape.module
    this.category = tape.category
    this.layer = tape.layer
    this.frame = tape.frame
    if (tape.frame) {
      this.saved = NOTHING
      tape.frame.pack(this, saved)
    } else {
      this.saved = saved
      for (const storage of saved) tape.retain(storage)
    }
  }
}

export const edgeOf = (tensor: Tensor): Edge => tensor.requiresGrad ? tensor.node ?? tensor.leaf : null
