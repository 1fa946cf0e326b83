export * from './savings/index.ts'
export * from './sweep/index.ts'
