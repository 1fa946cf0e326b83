export * from './savings/index.ts'
