import type { TargetDevice } from '#shared/fit/index.ts'
import type { EstimateOptions } from '#shared/memory/index.ts'
import type { Plan } from '#shared/plan/index.ts'

/** What an estimate depends on of a card; null: no card. */
export type Card = Pick<TargetDevice, 'computeCapability' | 'capacity'> | null

/** Whether an inference engine takes its share of the card. */
const sharesCard = ({ reinforcement }: Plan): boolean =>
  reinforcement !== undefined && reinforcement.rollout.engine !== 'hugging-face' && reinforcement.rollout.place !== 'elsewhere'

/** What the engine is to know of the card that a plan is estimated for. */
export const optionsOn = (plan: Plan, card: Card): EstimateOptions =>
  ({ computeCapability: card?.computeCapability ?? null, ...sharesCard(plan) && card ? { deviceMemory: card.capacity } : {} })
