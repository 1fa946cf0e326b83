import type { Category } from '../category.ts'
import type { Shape } from './shape.ts'

/** The models of an algorithm, and the engine that generates. */
export const OWNERS = ['policy', 'reference', 'critic', 'reward', 'rollout'] as const
export type Owner = (typeof OWNERS)[number]

/** c10/cuda/CUDACachingAllocator.cpp kMinBlockSize: every allocation is a multiple of 512 B. */
export const ALLOCATION_UNIT = 512

/** Bytes that the CUDA caching allocator hands out for a request of `requested` bytes. */
export const roundedBytes = (requested: number): number => Math.ceil(requested / ALLOCATION_UNIT) * ALLOCATION_UNIT

/** One block of device memory with a reference count: what PyTorch calls a StorageImpl. */
export class Storage {
  readonly bytes: number
  readonly shape: Shape
  readonly elementSize: number
  readonly module: string
  readonly role: string
  category: Category
  /** Set where role and module do not say it (Tape.source). */
  source = ''
  owner: Owner = 'policy'
  references = 1
  /**
   * Set on a gradient that is a view (the transposed or reshaped result of a matmul): autograd never adds into it in place
   * (torch/csrc/autograd/input_buffer.cpp can_accumulate_inplace needs the sole owner of the storage).
   */
  isView = false
  /** Position in the event log where it appeared; −1 without a log. */
  bornAt = -1
  /** The decoder block that it was made in or for; negative outside, and without a log. */
  layer = -1

  constructor (shape: Shape, elementSize: number, module: string, role: string, category: Category, bytes: number) {
    this.bytes = bytes
    this.shape = shape
    this.elementSize = elementSize
    this.module = module
    this.role = role
    this.category = category
  }
}
