import type { Plan } from '../../../plan/index.ts'

/** The images of a plan's batch; null for text alone. */
export interface Images {
  /** In one sequence. */
  readonly perSample: number
  /** Pixels, after the processor's own resizing. */
  readonly height: number
  readonly width: number
}

export const imagesOf = ({ data }: Plan): Images | null => data.images ?? null

/** Whether the tower, or the projector between it and the language model, is trained. */
export const trainsTower = ({ vision }: Plan): boolean => vision?.tower === 'trained'
export const trainsProjector = ({ vision }: Plan): boolean => vision?.projector === 'trained'
