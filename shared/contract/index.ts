export * from './errors.ts'
export * from './hardware.ts'
export * from './methods.ts'
export * from './scenario.ts'
