import { failed, ok, type Result } from '../units/index.ts'
import type { Architecture } from './architecture.ts'
import { CONFIG_READERS } from './config/index.ts'
import { VISION_MODEL_TYPES, visionReader } from './config/vision.ts'
import { ConfigFields, type ConfigProblem } from './config/fields.ts'

export type { ConfigProblem } from './config/fields.ts'

/**
 * A Hugging Face config.json as an architecture. Which fields are read, and what stands for a missing one, follows the
 * configuration class of the model type. Problems name the field of the config.
 */
export function architectureFromConfig (config: Readonly<Record<string, unknown>>): Result<Architecture, ConfigProblem> {
  const fields = new ConfigFields(config)
  const modelType = fields.text('model_type')
  const read = modelType === null ? undefined : CONFIG_READERS[modelType] ?? visionReader(modelType)
  if (modelType === null) return failed([{ field: 'model_type', code: 'missing' }])
  if (!read) return failed([{ field: 'model_type', code: 'unknown-model-type', found: modelType }])
  const architecture = read(fields)
  return fields.problems.length > 0 ? failed(fields.problems) : ok({ ...architecture, modelType })
}

/** Every model_type that `architectureFromConfig` reads. */
export const knownModelTypes = (): string[] => [...new Set([...Object.keys(CONFIG_READERS), ...VISION_MODEL_TYPES])].sort()
