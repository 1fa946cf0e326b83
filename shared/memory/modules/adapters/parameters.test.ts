import { describe, expect, it } from 'vitest'
import { defaultMethod, type Method } from '../../../plan/index.ts'
import { LLAMA_3_8B, lora, planOf } from '../../fixtures/plans.ts'
import { estimate } from '../../index.ts'
import { oftBlockSize } from './oft.ts'

const QV = ['q_proj', 'v_proj']
const method = <K extends Method['kind']>(kind: K, changes: Partial<Extract<Method, { kind: K }>>): Method => ({ ...defaultMethod(kind) as Extract<Method, { kind: K }>, ...changes })

/* What peft 0.21 print_trainable_parameters says for Llama-3.1-8B. */
describe('trained parameters of Llama-3.1-8B', () => {
  it.each<[string, Method, number]>([
    ['LoRA of rank 8 on q and v', lora({ rank: 8, targets: QV }), 3_407_872],
    ['LoRA of rank 8 on all linear layers', lora({ rank: 8, targets: 'all-linear' }), 20_971_520],
    ['DoRA of rank 8 on q and v', lora({ rank: 8, targets: QV, dora: true }), 3_571_712],
    ['LoRA with rank 32 on q, 8 on v', lora({ rank: 8, targets: QV, rankPattern: { q_proj: 32 } }), 9_699_328],
    ['LoRA of rank 8 on q, v, embedding and head', lora({ rank: 8, targets: [...QV, 'embed_tokens', 'lm_head'] }), 5_525_504],
    ['VeRA of rank 256 on q and v', method('vera', {}), 180_224],
    ['(IA)³ on k, v and down', method('ia3', {}), 524_288],
    ['OFT in blocks of 32 on all linear layers', method('oft', {}), 19_300_352],
    ['20 prefix tokens', method('prefix', {}), 1_310_720],
    ['20 projected prefix tokens', method('prefix', { encoderHiddenSize: 512 }), 34_165_248],
    ['20 prompt tokens', method('prompt', {}), 81_920],
    ['20 p-tuning tokens', method('p-tuning', {}), 1_151_232]
  ])('%s', (_, m, expected) => {
    const result = estimate(planOf(LLAMA_3_8B, m), { depth: 'fast' })
    expect(result.ok && result.value.parameters.trainable).toBe(expected)
  })
})

describe('OFT block size', () => {
  it.each([[4096, 32, 32], [896, 30, 28], [768, 30, 32], [100, 200, 100], [97, 50, 97], [97, 3, 1]])('of an input of %d asked for %d is %d', (into, wanted, expected) => {
    expect(oftBlockSize(into, wanted)).toBe(expected)
  })
})
