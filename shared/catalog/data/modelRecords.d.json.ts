import type { ModelRecord } from '../model.ts'

/** By model id. */
declare const modelRecords: Readonly<Record<string, ModelRecord>>
export default modelRecords
