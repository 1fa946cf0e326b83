import type { CatalogModel } from '../model.ts'

declare const models: readonly CatalogModel[]
export default models
