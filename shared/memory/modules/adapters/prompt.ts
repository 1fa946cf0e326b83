import { dimension, edgeOf, GradNode, shape, type Scope, type Shape, type Tensor } from '../../tape/index.ts'
import type { ModelBuilder } from '../builder.ts'
import { cast, gradient, needsGrad, output } from '../elementwise.ts'
import type { Run } from '../run.ts'
import { concatenate } from '../views.ts'
import { promptEncoder, type PromptEncoder } from './promptEncoder.ts'

/** What a method with virtual tokens does around the model: PeftModelForCausalLM.forward (peft/peft_model.py). */
export interface PromptLearning {
  /** Before the model runs, in PEFT's own frame. */
  begin (frame: Scope): void
  /** Whether PEFT's frame embeds the tokens itself and gives the model what `join` makes of them. */
  readonly joinsTokens: boolean
  join (frame: Scope, embedded: Tensor): Tensor
}

/** Prompt tuning and p-tuning: virtual tokens before the embedded ones; labels and mask grow with them. */
export class PromptTuning implements PromptLearning {
  readonly joinsTokens = true
  private readonly run: Run
  private readonly encoder: PromptEncoder
  private readonly virtualTokens: number

  constructor (builder: ModelBuilder, virtualTokens: number, encoderHiddenSize: number | null) {
    this.run = builder.run
    this.virtualTokens = virtualTokens
    const { size } = builder.run.hiddenSize
    this.encoder = promptEncoder(builder, {
      virtualTokens,
      tokenWidth: size,
      width: size,
      rows: dimension('1', 1),
      hidden: encoderHiddenSize === null ? null : { size: encoderHiddenSize, kind: 'p-tuning' }
    })
  }

  begin (frame: Scope): void {
    growMask(frame, this.run, this.virtualTokens)
  }

  join (frame: Scope, embedded: Tensor): Tensor {
    const { run } = this
    frame.tape.module = 'batch'
    const tokens = dimension('nv', this.virtualTokens)
    output(frame, shape(run.batch, tokens), 8, 'labels of the virtual tokens')
    output(frame, run.tokens, 8, 'labels with virtual tokens')
    const one = this.encoder.encode(frame)
    // One row is encoded and repeated for the batch.
    const made = repeatRows(frame, one, shape(run.batch, tokens, run.hiddenSize))
    frame.drop(one)
    const prompts = cast(frame, made, embedded.elementSize, 'virtual tokens in the model type')
    if (prompts !== made) frame.drop(made)
    const joined = concatenate(frame, [prompts, embedded], run.hidden, 'embedded tokens with virtual ones')
    frame.drop(embedded)
    return joined
  }
}

/** Tensor.repeat: always a copy; backward sums the copies' gradients. */
function repeatRows (scope: Scope, x: Tensor, extent: Shape): Tensor {
  const { tape } = scope
  const node = needsGrad(tape, x) ? new GradNode(tape, [edgeOf(x)], [], () => [gradient(tape, x.shape, x.elementSize)]) : null
  return output(scope, extent, x.elementSize, 'virtual tokens of every row', node)
}

/** The attention mask with ones for the virtual tokens, which are fp32 and make it so. */
export function growMask (frame: Scope, run: Run, virtualTokens: number): void {
  if (!run.plan.data.padding) return
  frame.tape.module = 'attention_mask'
  output(frame, shape(run.batch, dimension('nv', virtualTokens)), 4, 'mask of the virtual tokens')
  output(frame, shape(run.batch, run.keys), 4, 'mask with virtual tokens')
}
