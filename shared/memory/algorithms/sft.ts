import type { Category } from '../category.ts'
import { LOSSES } from '../losses/index.ts'
import { METRICS } from '../losses/metrics.ts'
import { routerOutputsInFp32 } from '../modules/moe/balancing.ts'
import { activationType, ELEMENT_SIZE } from '../floatType.ts'
import { hasBlockMask, isFlattened } from '../modules/packing.ts'
import type { ResolvedPlan } from '../resolvedPlan.ts'
import type { LayerPlace } from '../stack.ts'
import { dimension, Scope, shape, Tensor, type Leaf } from '../tape/index.ts'
import { AFTER_MODEL, type Timeline } from '../timeline.ts'
import { underAutocast } from '../passes/modelRun.ts'
import { StepLoop } from './stepLoop.ts'

/** Supervised fine-tuning: the loss is made inside the model's own call. */
export class SupervisedRun extends StepLoop {
  constructor (timeline: Timeline, resolved: ResolvedPlan, places: readonly LayerPlace[]) {
    super(timeline, resolved, places)
    const { plan } = resolved
    const { run } = this.policy
    const brings = isFlattened(plan) || hasBlockMask(plan)
    const batch = this.loadBatch(['input_ids', 'labels', ...(brings ? ['position_ids'] : []), ...(plan.data.padding ? ['attention_mask'] : [])], this.policy.head.labels)
    if (brings) run.givenPositions = batch[2]!
    if (hasBlockMask(plan)) this.tape.allocate(shape(run.batch, dimension('1', 1), run.sequence, run.sequence), ELEMENT_SIZE[activationType(plan)], 'attention_mask', 'activations')
    for (const input of this.policy.imageInputs) input.storage = this.tape.allocate(input.shape, input.elementSize, input.role, 'activations')
  }

  protected microBatch (step: number, micro: number): void {
    const { tape, timeline } = this
    const { run } = this.policy
    const { precision, runtime } = run.plan
    timeline.begin('forward', step, micro)
    const caller = new Scope(tape)
    run.imageOutput = null
    const { loss, logits, own, inputGradient } = underAutocast(tape, run, () => this.forward(caller))
    let outputs = logits
    let encoded: Tensor | null = null
    const routers = run.routerOutputs
    const images = this.imageOutputs()
    if (precision.autocast !== 'none' && precision.outputsToFp32) {
      if (logits && logits.elementSize < 4) {
        outputs = this.inFp32(caller, logits, 'logits-and-loss')
      }
      routerOutputsInFp32(run, caller)
      if (run.encoded && run.encoded.elementSize < 4) encoded = this.inFp32(caller, run.encoded, 'activations')
      for (const image of [...images]) if (image.elementSize < 4) images.push(this.inFp32(caller, image, 'activations'))
      if (outputs !== logits && logits && !runtime.keepsLogits) caller.drop(logits)
    }
    const metrics = METRICS[runtime.loss]
    if (outputs && metrics && !own) {
      timeline.segment(AFTER_MODEL)
      metrics(outputs, run)
    }
    if (outputs && outputs !== logits) caller.drop(outputs)
    if (logits && !runtime.keepsLogits) caller.drop(logits)
    if (!runtime.keepsLogits) caller.drop(...new Set([...routers, ...run.routerOutputs]), ...encoded ? [encoded] : [], ...images)
    this.backward(step, micro, caller, loss, inputGradient)
  }

  /** Image vectors that the model returned beside the logits. */
  private imageOutputs (): Tensor[] {
    const { imageOutput } = this.policy.run
    return imageOutput ? [imageOutput] : []
  }

  /** accelerate's convert_to_fp32 of one output. */
  private inFp32 (caller: Scope, { shape: extent }: Tensor, category: Category): Tensor {
    return caller.own(new Tensor(this.tape.allocate(extent, 4, 'outputs in fp32', category), extent, 4, false))
  }

  /** TRL's chunked loss returns no router logits (trl sft_trainer.py _ChunkedCELMHeadOutput). */
  private get keepsRouterLogits (): boolean {
    return this.policy.run.plan.runtime.loss !== 'trl-chunked'
  }

  private forward (caller: Scope): { loss: Tensor, logits: Tensor | null, own: boolean, inputGradient: Leaf | null } {
    const { run } = this.policy
    const { result, inputGradient } = this.policy.forward((scope, hidden, head) => {
      const { loss, logits } = head.loss ? head.loss(scope, hidden) : LOSSES[run.plan.runtime.loss](scope, hidden, head, run)
      const kept = logits ? scope.hand(logits, caller) : null
      if (run.imageOutput) scope.hand(run.imageOutput, caller)
      return { loss: scope.hand(loss, caller), logits: kept, own: head.loss !== undefined }
    }, null, this.keepsRouterLogits ? caller : null)
    return { ...result, inputGradient }
  }
}
