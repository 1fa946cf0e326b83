import data from './data/modelRecords.json' with { type: 'json' }
import type { ModelRecord } from './model.ts'

/** Where the sizes of each model come from, by its id. Apart from the models: no estimate needs it. */
export const modelRecords: Readonly<Record<string, ModelRecord>> = data
