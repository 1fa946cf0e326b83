export * from './bytes.ts'
export * from './format.ts'
export * from './quantity.ts'
export * from './result.ts'
