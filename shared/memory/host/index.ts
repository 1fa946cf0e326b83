export * from './disk.ts'
export * from './host.ts'
export * from './parts.ts'
