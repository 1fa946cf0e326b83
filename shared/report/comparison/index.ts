export * from './cells.ts'
export * from './documents.ts'
export * from './html.ts'
export * from './rows.ts'
