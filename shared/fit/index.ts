export * from './target.ts'
export * from './verdict.ts'
export { judge } from './judge.ts'
