import type { Assess } from '#shared/advice/index.ts'
import { judge, type TargetDevice } from '#shared/fit/index.ts'
import { estimate } from '#shared/memory/index.ts'
import { parsePlan } from '#shared/plan/index.ts'
import { ok } from '#shared/units/index.ts'

/** How a plan of a grid is judged on this card: `full` as the plan view does. The plan may be one that a form would refuse. */
export const assessOn = (device: TargetDevice | null, reserve: number, depth: 'fast' | 'full'): Assess => (plan) => {
  const parsed = parsePlan(plan)
  if (!parsed.ok) return parsed
  const result = estimate(parsed.value, { depth, computeCapability: device?.computeCapability ?? null, deviceMemory: device?.capacity ?? null })
  if (!result.ok) return result
  return ok({ estimate: result.value, verdict: device && judge(result.value, { devices: [device], reserve })!.devices[0]! })
}
