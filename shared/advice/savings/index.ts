export * from './levers.ts'
export * from './reasons.ts'
export * from './savings.ts'
export * from './simpleSum.ts'
