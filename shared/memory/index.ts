export * from './category.ts'
export * from './result.ts'
export { estimate } from './estimate.ts'
export { describeAssumption } from './assumptions.ts'
