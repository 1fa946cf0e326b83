import type { Plan } from '../../plan/index.ts'
import type { Metrics } from './head.ts'
import { entropyAndAccuracy } from './trlNll.ts'

/** What the trainer computes of the logits once the model has returned them. */
export const METRICS: Readonly<Partial<Record<Plan['runtime']['loss'], Metrics>>> = { 'trl-nll': entropyAndAccuracy }
