import type { Method } from '../../../plan/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { PrefixTuning, type KeyExtent } from './prefix.ts'
import { PromptTuning, type PromptLearning } from './prompt.ts'

export type { PromptLearning } from './prompt.ts'

/** The virtual tokens of a method, made after the model's parameters; null for methods without. `layers`: keys of those of the simulated stack. */
export function promptLearning (builder: ModelBuilder, method: Method, layers: readonly KeyExtent[], elementSize: number): PromptLearning | null {
  switch (method.kind) {
    case 'prompt': return new PromptTuning(builder, method.virtualTokens, null)
    case 'p-tuning': return new PromptTuning(builder, method.virtualTokens, method.encoderHiddenSize)
    case 'prefix': return builder.run.prefix = new PrefixTuning(builder, method.virtualTokens, method.encoderHiddenSize, layers, elementSize)
    default: return null
  }
}
