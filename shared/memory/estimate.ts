import type { Plan, PlanProblem } from '../plan/index.ts'
import type { Result } from '../units/index.ts'
import type { Estimate } from './result.ts'

export interface EstimateOptions {
  /** 'fast' extrapolates over equal layers and bounds reserved memory; 'full' runs every layer and replays the caching allocator. Default 'full'. */
  readonly depth?: 'fast' | 'full'
}
export function estimate (_plan: Plan, _options: EstimateOptions = {}): Result<Estimate, PlanProblem> { throw new Error('being written') }
