import type { CatalogModel } from '../model.ts'

declare const models: readonly Omit<CatalogModel, 'rank'>[]
export default models
