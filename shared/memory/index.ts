export * from './category.ts'
export * from './result.ts'
export { estimate, type EstimateOptions } from './estimate.ts'
export { describeAssumption } from './assumptions.ts'
