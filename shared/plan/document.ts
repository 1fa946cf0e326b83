import type { Result } from '../units/index.ts'
import type { PlanProblem } from './problem.ts'
import type { Plan } from './schema.ts'

export function parsePlan (_input: unknown): Result<Plan, PlanProblem> { throw new Error('being written') }
export function parsePlanText (_text: string): Result<Plan, PlanProblem> { throw new Error('being written') }
export function serializePlan (_plan: Plan): string { throw new Error('being written') }
