import { Scope, dimension, shape, type Shape, type Tensor } from '../../../tape/index.ts'
import { crossEntropy } from '../../crossEntropy.ts'
import type { ModelBuilder } from '../../builder.ts'
import { cast, dropout, output, tanh } from '../../elementwise.ts'
import { linear, type Parameter } from '../../linear.ts'
import type { Projection } from '../../projection.ts'
import { slice } from '../../views.ts'

/** Classes that transformers gives a classification head unless the config names more. */
export const CLASSES = 2

/** A linear layer of the head, which PEFT trains as a copy of its own (TaskType.SEQ_CLS). */
class HeadLayer {
  private readonly weight: Parameter
  private readonly bias: Parameter
  private readonly extent: Shape

  constructor (builder: ModelBuilder, name: string, out: Shape['dimensions'][number], into: Shape['dimensions'][number]) {
    this.weight = builder.classifierCopy(name, builder.base(name, shape(out, into)))
    this.bias = builder.classifierCopy(name, builder.base(name, shape(out), 'bias'))
    this.extent = shape(builder.run.batch, out)
  }

  apply (scope: Scope, x: Tensor): Tensor {
    scope.tape.module = 'classifier'
    return linear(scope, x, this.weight, this.extent, this.bias)
  }

  get parameter (): Parameter {
    return this.weight
  }
}

/**
 * What sequence classification makes of the first token: BERT's pooler and classifier, or RoBERTa's head of two layers, which only
 * differ in where dropout stands. The loss is the cross entropy over the classes (problem_type single_label_classification).
 */
export class SequenceClassifier {
  private readonly builder: ModelBuilder
  /** BERT's pooler is part of the model: its name is a target like any other. */
  private readonly dense: HeadLayer | Projection
  private readonly out: HeadLayer
  private readonly rate: number
  private readonly isRoberta: boolean

  constructor (builder: ModelBuilder, isRoberta: boolean, rate: number) {
    const { batch, hiddenSize } = builder.run
    this.builder = builder
    this.isRoberta = isRoberta
    this.rate = rate
    this.dense = isRoberta
      ? new HeadLayer(builder, 'classifier', hiddenSize, hiddenSize)
      : builder.withRows([batch], () => builder.linear('dense', hiddenSize, hiddenSize, shape(batch, hiddenSize), true))
    this.out = new HeadLayer(builder, 'classifier', dimension('classes', CLASSES), hiddenSize)
  }

  get weight (): Parameter {
    return this.out.parameter
  }

  loss (caller: Scope, hidden: Tensor): { loss: Tensor, logits: Tensor } {
    const { run } = this.builder
    const { tape } = run
    const scope = new Scope(tape)
    tape.category = 'logits-and-loss'
    const first = slice(scope, hidden, shape(run.batch, run.hiddenSize))
    const input = this.isRoberta && this.rate > 0 ? dropout(scope, first) : first
    const bounded = tanh(scope, this.dense.apply(scope, input))
    const pooled = this.rate > 0 ? dropout(scope, bounded) : bounded
    const logits = this.out.apply(scope, pooled)
    const wide = logits.elementSize === 4 || !tape.autocast ? logits : cast(scope, logits, 4, 'logits in fp32')
    const loss = crossEntropy(scope, wide, output(scope, shape(run.batch), 8, 'labels, flattened'))
    tape.category = 'activations'
    const handed = { loss: scope.hand(loss, caller), logits: scope.hand(logits, caller) }
    scope.close()
    return handed
  }
}
