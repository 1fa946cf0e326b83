import type { Knowledge } from '../../knowledge.ts'
import type { Scope, Shape, Tape, Tensor } from '../../tape/index.ts'
import type { Parameter } from '../linear.ts'

/** What PEFT's LoRA layer around a base layer does with types; each kind of quantized layer has a class of its own. */
export interface LoraHabit {
  /** The base result is cloned first. */
  readonly clones: boolean
  /** The input is cast to the adapter's type always, or only outside autocast. */
  readonly castsInput: 'always' | 'outside-autocast'
  /** What is cast back to the base result's type (under the same condition): the sum, the scaled update, or the update before it is scaled. */
  readonly castsBack: 'sum' | 'update' | 'unscaled-update'
}

/** What PEFT's (IA)³ layer of its own around a bitsandbytes layer does: outside autocast its input becomes fp32, and with it all that follows. */
export interface Ia3Habit {
  /** The result is cloned at last. */
  readonly clones: boolean
}

/** How frozen weights are stored and multiplied. */
export interface WeightFormat {
  readonly source: string
  readonly known: Knowledge
  readonly lora: LoraHabit
  /** Absent: (IA)³ is what it is around nn.Linear. */
  readonly ia3?: Ia3Habit
  /** Puts the tensors of one weight of [out, in] on the tape. */
  store (tape: Tape, weight: Shape): void
  /** The layer's forward pass. */
  apply (scope: Scope, x: Tensor, weight: Shape, extent: Shape, bias: Parameter | null): Tensor
  /** What the layer keeps is out of reach of saved-tensor hooks, and with them of checkpoints. */
  readonly keepsPastCheckpoints?: boolean
  /** Bytes that one layer may keep, and take for a moment, on top of what is simulated. */
  spread? (weight: Shape, rows: number): { readonly kept: number, readonly transient: number }
}

/** peft/tuners/lora/layer.py Linear.forward and gptq.py GPTQLoraLinear.forward. */
export const PLAIN: LoraHabit = { clones: false, castsInput: 'always', castsBack: 'sum' }
