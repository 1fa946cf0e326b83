export * from './axes.ts'
export * from './sweep.ts'
