export * from './schema.ts'
export * from './problem.ts'
export * from './document.ts'
export * from './defaults.ts'
