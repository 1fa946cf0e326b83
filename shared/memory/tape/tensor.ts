import type { GradNode, Leaf } from './graph.ts'
import type { Shape } from './shape.ts'
import type { Storage } from './storage.ts'

/** A handle on a storage: what a Python variable holds. Dropping the handle releases one reference. */
export class Tensor {
  readonly storage: Storage
  readonly shape: Shape
  readonly elementSize: number
  requiresGrad: boolean
  node: GradNode | null
  leaf: Leaf | null
  /** Lies in memory with tokens last although its extent has them in the middle: a linear layer may have to copy it. */
  tokensLast = false

  constructor (storage: Storage, shape: Shape, elementSize: number, requiresGrad: boolean, node: GradNode | null = null, leaf: Leaf | null = null) {
    this.storage = storage
    this.shape = shape
    this.elementSize = elementSize
    this.requiresGrad = requiresGrad
    this.node = node
    this.leaf = leaf
  }

  get elements (): number { return this.shape.elements }
}
