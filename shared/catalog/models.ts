import data from './data/models.json' with { type: 'json' }
import { withLayerSequence } from './layerSequence.ts'
import type { CatalogModel } from './model.ts'
import { withModelType } from './modelType.ts'

/** Every model of the catalog, the most used first: a model's place is its rank. */
export const models: readonly CatalogModel[] = data.map((model, i) => ({ ...model, rank: i + 1 })).map(withModelType).map(withLayerSequence)
