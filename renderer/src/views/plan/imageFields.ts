import { findModel } from '#shared/catalog/index.ts'
import { LIMITS, type Plan } from '#shared/plan/index.ts'
import { log2, type Field, type Option } from './field.ts'

const hasImages = ({ data }: Plan) => data.images !== undefined

/** A model of the catalog with a tower; a config may be of one. */
function mayHaveImages (plan: Plan): boolean {
  if (hasImages(plan) || plan.vision) return true
  const found = 'id' in plan.model ? findModel(plan.model.id) : null
  return plan.algorithm === 'sft' && (found ? found.architecture.vision !== undefined : 'config' in plan.model)
}

const SIDE = 672

/** Text alone has no size of images, and nothing of the tower to train. */
function withImages ({ vision, ...plan }: Plan, perSample: unknown): Plan {
  const { images, ...data } = plan.data
  if (perSample === undefined) return { ...plan, data }
  return { ...plan, data: { ...data, images: { height: SIDE, width: SIDE, ...images, perSample: perSample as number } }, ...vision ? { vision } : {} }
}

const withTrained = (part: 'tower' | 'projector') => ({ vision, ...plan }: Plan, value: unknown): Plan => {
  const both = { tower: 'frozen', projector: 'frozen', ...vision, [part]: value ?? 'frozen' } as const
  return both.tower === 'frozen' && both.projector === 'frozen' ? plan : { ...plan, vision: both }
}

const TRAINED: readonly Option[] = [{ value: 'frozen', label: 'option.frozen' }, { value: 'trained', label: 'option.trained' }]
const side = { kind: 'number', section: 'batch', help: 'help.imageSide', unit: 'unit.pixels', shown: hasImages, scale: log2([224, 2048], LIMITS.imageSide) } as const
const part = { kind: 'choice', look: 'segments', section: 'batch', absent: 'frozen', shown: (plan: Plan) => hasImages(plan) || plan.vision !== undefined, options: TRAINED } as const

export const IMAGE_FIELDS: readonly Field[] = [
  {
    kind: 'open-number', path: 'data.images.perSample', section: 'batch', label: 'field.images', help: 'help.images', open: undefined, start: 1,
    shown: mayHaveImages, scale: log2([1, 16], LIMITS.imagesPerSample), write: withImages
  },
  { ...side, path: 'data.images.height', label: 'field.imageHeight' },
  { ...side, path: 'data.images.width', label: 'field.imageWidth' },
  { ...part, path: 'vision.tower', label: 'field.tower', help: 'help.tower', write: withTrained('tower') },
  { ...part, path: 'vision.projector', label: 'field.projector', help: 'help.projector', write: withTrained('projector') }
]
