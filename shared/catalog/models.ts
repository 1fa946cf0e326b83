import data from './data/models.json' with { type: 'json' }
import { withLayerSequence } from './layerSequence.ts'
import type { CatalogModel } from './model.ts'
import { withModelType } from './modelType.ts'

/** Every model of the catalog, the most used first. */
export const models: readonly CatalogModel[] = (data as readonly CatalogModel[]).map(withModelType).map(withLayerSequence)
