import { describe, expect, test } from 'vitest'
import { defaultMethod, defaultPlan, parsePlan, type Method, type Plan } from '#shared/plan/index.ts'
import en from '../../i18n/en.json' with { type: 'json' }
import { getAt, setAt } from '../../stores/immutable.ts'
import { EXAMPLES } from '../../stores/examples.ts'
import { FIELDS, fieldOf } from './fields.ts'

const METHODS: readonly Method['kind'][] = ['full', 'freeze', 'lora', 'qlora']
const plans: readonly Plan[] = METHODS.map((kind) => ({ ...defaultPlan(), method: defaultMethod(kind) }))
const shownIn = (plan: Plan) => FIELDS.filter((field) => field.shown?.(plan) ?? true)

/** Paths of everything that can be set in a plan, down to lists. */
function leaves (value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  return Object.entries(value).flatMap(([key, child]) => leaves(child, path ? `${path}.${key}` : key))
}

describe('the form', () => {
  test.each(plans.map((plan) => [plan.method.kind, plan] as const))('reaches every setting of a %s plan', (_, plan) => {
    const paths = shownIn(plan).map((field) => field.path)
    const fixed = ['type', 'version', 'algorithm', 'method.kind', 'model.id']
    for (const leaf of leaves(plan)) if (!fixed.includes(leaf)) expect(paths).toContain(leaf)
  })

  test.each(plans.map((plan) => [plan.method.kind, plan] as const))('shows no field that a %s plan lacks', (_, plan) => {
    for (const field of shownIn(plan)) expect(getAt(plan, field.path) ?? field.absent, field.path).not.toBe(undefined)
  })

  test('offers only options that the schema takes', () => {
    for (const plan of plans) {
      for (const field of shownIn(plan)) {
        if (field.kind === 'choice') {
          for (const { value } of field.options) expect(parsePlan(setAt(plan, field.path, value)).ok, `${field.path} ${value}`).toBe(true)
        }
        if (field.kind === 'several') expect(parsePlan(setAt(plan, field.path, field.options.map(({ value }) => value))).ok, field.path).toBe(true)
      }
    }
  })

  test('its hard limits are those of the schema', () => {
    for (const plan of plans) {
      for (const field of shownIn(plan)) {
        if (field.kind !== 'number') continue
        const [min, max] = field.scale.hard
        expect(parsePlan(setAt(plan, field.path, min)).ok, field.path).toBe(true)
        expect(parsePlan(setAt(plan, field.path, max)).ok, field.path).toBe(true)
        expect(parsePlan(setAt(plan, field.path, min - 1)).ok, field.path).toBe(false)
        expect(parsePlan(setAt(plan, field.path, max + 1)).ok, field.path).toBe(false)
      }
    }
  })

  test('has words for every field', () => {
    for (const field of FIELDS) {
      for (const key of [field.label, field.help]) expect(getAt(en, key), key).toBeTypeOf('string')
    }
  })
})

describe('the owner of a problem', () => {
  const fields = shownIn(plans[2]!)

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
