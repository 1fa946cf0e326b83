import { expect, it } from 'vitest'
import type { Architecture } from '../architecture/index.ts'
import { models } from '../catalog/index.ts'
import { defaultPlan } from '../plan/index.ts'
import { besideText } from './modules/families/perLayerInput.ts'
import { estimate, linearLayersOf, simulates } from './index.ts'

/** Projections and norms of layers that use another layer's keys: in the checkpoint of Gemma 3n, not loaded by transformers. */
const borrowed = ({ altUp, hiddenSize, kvHeads, headDim }: Architecture): number => (altUp?.borrowingLayers ?? 0) * (2 * hiddenSize * kvHeads + 1) * headDim

it('every model that can be simulated has an estimate for its default plan, with as many trained parameters as published when trained in full', () => {
  const runnable = models.filter((model) => simulates(model.architecture))
  expect(runnable.length).toBeGreaterThan(250)
  for (const { id, architecture } of runnable) {
    const lora = estimate(defaultPlan(id), { depth: 'fast' })
    expect(lora.ok ? 'ok' : [id, lora.problems]).toBe('ok')
    const full = estimate({ ...defaultPlan(id), method: { kind: 'full' } }, { depth: 'fast' })
    if (!full.ok) continue
    const { trainable, total } = full.value.parameters
    const missing = total - trainable - (architecture.vision?.parameters ?? 0) - besideText(architecture) - borrowed(architecture)
    // Embedding and reward models have no head in their checkpoint; supervised fine-tuning gives them one.
    // Encoders are given a classifier of two classes.
    const classifier = architecture.architecture === 'encoder' ? 2 * architecture.hiddenSize + 2 : 0
    const head = architecture.lmHead === false ? architecture.vocabSize * architecture.hiddenSize : classifier
    // Router biases of the DeepSeek kind are buffers in transformers but weights of the checkpoint; Molmo has 128 extra embedding rows.
    expect([id, missing >= -head && missing <= total * 1e-4]).toEqual([id, true])
  }
})

it('names the linear layers of a family', () => {
  const pythia = models.find((model) => model.id.includes('pythia'))!
  expect(linearLayersOf(pythia.architecture)).toEqual(['query_key_value', 'dense', 'dense_h_to_4h', 'dense_4h_to_h'])
})
