import { describe, expect, test } from 'vitest'
import { estimate } from '#shared/memory/index.ts'
import { ALGORITHMS, defaultMethod, defaultPlan, MethodSchema, parsePlan, PlanSchema, withAlgorithm, withQuantization, type FrozenRole, type Method, type Plan, type Rollout } from '#shared/plan/index.ts'
import { en } from '../../i18n/messages.ts'
import { getAt, setAt } from '../../stores/immutable.ts'
import { EXAMPLES } from '../../stores/examples.ts'
import { resolve } from './field.ts'
import { applies, FIELDS, fieldOf, valueOf, withField } from './fields.ts'
import { OTHER_METHODS, USUAL_METHODS } from './methods.ts'

const METHODS: readonly Method['kind'][] = [...USUAL_METHODS, ...OTHER_METHODS]
const CUSTOM = { name: 'own', hiddenSize: 256, intermediateSize: 512, layers: 2, heads: 4, kvHeads: 2, headDim: 64, vocabSize: 1000, tiedEmbeddings: false, attentionBias: 'none', qkNorm: null } as const
const base = defaultPlan()
const qlora = defaultMethod('qlora') as Extract<Method, { kind: 'qlora' }>
/** One plan per method, and those in which a field applies that no default plan has. */
const plans: readonly Plan[] = [
  ...METHODS.map((kind) => ({ ...base, method: defaultMethod(kind) })),
  ...(['gptq', 'hqq', 'awq'] as const).map((type) => ({ ...base, method: { ...qlora, quantization: { type, doubleQuantization: false } } })),
  ...(['vera', 'ia3', 'prefix'] as const).map((kind) => ({ ...base, method: withQuantization(defaultMethod(kind), { type: kind === 'vera' ? 'hqq' : 'nf4', doubleQuantization: true }) })),
  ...(['adamw', 'adafactor', 'galore'] as const).map((kind) => ({ ...base, optimizer: { kind, implementation: 'fused' as const } })),
  { ...base, model: { architecture: CUSTOM }, runtime: { ...base.runtime, loss: 'trl-chunked' } },
  ...ALGORITHMS.map((algorithm) => withAlgorithm(base, algorithm)),
  ...ALGORITHMS.map((algorithm) => withAlgorithm({ ...base, method: { kind: 'full' } }, algorithm)),
  ...(['nf4', 'hqq'] as const).flatMap((type) => withRoles({ weights: 'bf16', place: 'device', between: 'host', quantization: { type, doubleQuantization: type === 'nf4' } })),
  ...(['trainer', 'process', 'elsewhere'] as const).map((place) => withEngine({ engine: 'vllm', place })),
  { ...defaultPlan('Qwen/Qwen3-VL-2B-Instruct'), data: { ...base.data, images: { perSample: 1, height: 448, width: 448 } } },
  defaultPlan('Qwen/Qwen3-30B-A3B'),
  { ...defaultPlan('state-spaces/mamba-130m-hf'), method: { kind: 'full' } }
]

/** A frozen model in each of its places, and a critic of its own. */
function withRoles (role: FrozenRole): Plan[] {
  const [dpo, ppo] = [withAlgorithm(base, 'dpo'), withAlgorithm(base, 'ppo')]
  return [
    { ...dpo, preference: { ...dpo.preference!, reference: 'model', referenceModel: role } },
    {
      ...ppo,
      reinforcement: {
        ...ppo.reinforcement!, reference: 'model', referenceModel: role, reward: { kind: 'model', ...role }, critic: { kind: 'model', weights: 'bf16', method: 'lora', place: 'device' }
      }
    }
  ]
}

function withEngine (change: Partial<Rollout>): Plan {
  const grpo = withAlgorithm(base, 'grpo')
  return { ...grpo, reinforcement: { ...grpo.reinforcement!, rollout: { ...grpo.reinforcement!.rollout, ...change } } }
}

const named = plans.map((plan, i) => [`${i} ${plan.algorithm} ${plan.method.kind} ${plan.optimizer.kind}`, plan] as const)
const shownIn = (plan: Plan) => FIELDS.filter((field) => applies(field, plan))

interface Schema { readonly type: string, readonly entries?: Record<string, Schema>, readonly options?: readonly Schema[], readonly wrapped?: Schema }

/** Paths of everything that the schema lets a plan say, down to lists and records. */
function settings (schema: Schema, path = ''): string[] {
  if (schema.entries) return Object.entries(schema.entries).flatMap(([key, child]) => settings(child, path ? `${path}.${key}` : key))
  if (schema.wrapped) return settings(schema.wrapped, path)
  const objects = (schema.options ?? []).filter((option) => typeof option === 'object' && option.entries)
  return objects.length > 0 ? objects.flatMap((option) => settings(option, path)) : [path]
}

/** Set by choosing a model or a method, or the same in every plan. */
const ELSEWHERE = ['type', 'version', 'method.kind', 'model.id', 'model.config', 'model.name', 'model.architecture.name']

describe('the form', () => {
  test('reaches every setting of the schema, in some plan', () => {
    const reached = new Set(plans.flatMap((plan) => shownIn(plan).map((field) => field.path)))
    const every = settings(PlanSchema as unknown as Schema)
    expect(every).toContain('method.quantization.groupSize')
    // A role's model is chosen as one, and the figures of lengths stand in one field.
    const chosen = (path: string) => path.startsWith('data.lengths.') || [...reached].some((at) => at.endsWith('Model.model') || at.endsWith('reward.model') || at.endsWith('critic.model') ? path.startsWith(`${at}.`) : false)
    expect(every.filter((path) => !ELSEWHERE.includes(path) && !reached.has(path) && !chosen(path))).toEqual([])
    expect(every).toContain('reinforcement.reward.quantization.bits')
  })

  test('pads where lengths differ, packs without padding, and takes both back', () => {
    const field = (path: string) => FIELDS.find((one) => one.path === path)!
    const start = { ...base, data: { ...base.data, microBatch: 4 } }
    const varied = withField(start, field('data.lengths'), { mean: 300, p95: 900, longest: 2000 })
    expect(varied.data).toMatchObject({ padding: true, lengths: { longest: 2000 } })
    const packed = withField(varied, field('data.packing'), 'packed')
    expect(packed.data).toMatchObject({ padding: false, packing: 'packed' })
    expect(withField(packed, field('data.packing'), 'none')).toEqual(varied)
    expect(withField(packed, field('data.lengths'), undefined).data.lengths).toBeUndefined()
    for (const plan of [varied, packed]) expect(estimate(plan, { depth: 'fast' }).ok).toBe(true)
    expect(withAlgorithm(packed, 'dpo').data.packing).toBeUndefined()
    expect(withAlgorithm(varied, 'grpo').data.lengths).toBeUndefined()
  })

  test('offers every method', () => {
    expect([...METHODS].sort()).toEqual(MethodSchema.options.map(({ entries }) => entries.kind.literal).sort())
  })

  test.each(named)('shows one field per path of plan %s, each with a value', (_, plan) => {
    const fields = shownIn(plan)
    expect(new Set(fields.map(({ path }) => path)).size).toBe(fields.length)
    for (const field of fields) {
      if (!['open-number', 'pattern'].includes(field.kind)) expect(valueOf(field, plan), field.path).not.toBe(undefined)
    }
  })

  test('offers only options that the schema takes', () => {
    for (const plan of plans) {
      for (const field of shownIn(plan)) {
        if (field.kind === 'choice') {
          for (const { value } of resolve(field.options, plan)) expect(parsePlan(withField(plan, field, field.numeric && value !== field.absent ? Number(value) : value)).ok, `${field.path} ${value}`).toBe(true)
        }
        if (field.kind === 'several') expect(parsePlan(setAt(plan, field.path, resolve(field.options, plan).map(({ value }) => value))).ok, field.path).toBe(true)
      }
    }
  })

  test('its hard limits are those of the schema', () => {
    for (const plan of plans) {
      for (const field of shownIn(plan)) {
        if (field.kind !== 'number' && field.kind !== 'open-number') continue
        const [min, max] = field.scale.hard
        expect(parsePlan(setAt(plan, field.path, min)).ok, field.path).toBe(true)
        expect(parsePlan(setAt(plan, field.path, max)).ok, field.path).toBe(true)
        expect(parsePlan(setAt(plan, field.path, min - 1)).ok, field.path).toBe(false)
        expect(parsePlan(setAt(plan, field.path, max + 1)).ok, field.path).toBe(false)
      }
    }
  })

  test('an open number can be opened and set again', () => {
    for (const plan of plans) {
      for (const field of shownIn(plan)) {
        if (field.kind !== 'open-number') continue
        expect(parsePlan(withField(plan, field, resolve(field.start, plan))).ok, field.path).toBe(true)
        expect(parsePlan(withField(plan, field, field.open)).ok, field.path).toBe(true)
      }
    }
  })

  test('quantizes the base of a method, keeps its group size, and takes all of it back', () => {
    const field = (path: string) => FIELDS.find((one) => one.path === path && one.section === 'method')!
    const [type, upcast] = [field('method.quantization.type'), field('method.upcastUnquantized')]
    const plain: Plan = { ...base, method: defaultMethod('prompt') }
    expect(valueOf(type, plain)).toBe('none')
    const hqq = withField(withField(plain, type, 'hqq'), field('method.quantization.groupSize'), 32)
    expect(withField(hqq, type, 'gptq').method).toMatchObject({ quantization: { type: 'gptq', doubleQuantization: false, groupSize: 32 } })
    const nf4 = withField(withField(hqq, type, 'nf4'), upcast, true)
    expect(nf4.method).toEqual({ ...plain.method, quantization: { type: 'nf4', doubleQuantization: true }, upcastUnquantized: true })
    expect(withField(nf4, upcast, false).method).not.toHaveProperty('upcastUnquantized')
    expect(withField(nf4, type, 'none')).toEqual(plain)
    expect(withField({ ...base, method: { ...qlora, upcastUnquantized: true } }, upcast, false).method).toEqual(qlora)
  })

  test('leaves out what means the same as its absence, and what no longer applies', () => {
    const field = (path: string) => FIELDS.find((one) => one.path === path)!
    const every = withField(base, field('runtime.checkpointEvery'), 4)
    expect(every.runtime.checkpointEvery).toBe(4)
    expect(withField(every, field('runtime.checkpointEvery'), 1)).toEqual(base)
    const off = withField(every, field('runtime.checkpointing'), 'none')
    expect('checkpointEvery' in off.runtime).toBe(false)
    expect(estimate(off, { depth: 'fast' }).ok).toBe(true)
  })

  test('has words for every field', () => {
    for (const field of FIELDS) {
      for (const key of [field.label, field.help]) expect(getAt(en, key), key).toBeTypeOf('string')
    }
  })
})

describe('the owner of a problem', () => {
  const fields = shownIn(plans[METHODS.indexOf('lora')]!)

  test('is the field at its path, or around it', () => {
    expect(fieldOf('data.microBatch', fields)?.path).toBe('data.microBatch')
    expect(fieldOf('method.targets[2]', fields)?.path).toBe('method.targets')
    expect(fieldOf('model.id', fields)?.path).toBe('model')
    expect(fieldOf('method.targets', fields)?.path).toBe('method.targets')
  })

  test('is nobody where no field is in sight', () => {
    expect(fieldOf('', fields)).toBe(null)
    expect(fieldOf('version', fields)).toBe(null)
  })
})

test('every example is a valid plan', () => {
  for (const plan of Object.values(EXAMPLES)) expect(parsePlan(plan)).toEqual({ ok: true, value: plan })
})
