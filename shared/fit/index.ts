export * from './target.ts'
export * from './verdict.ts'
export * from './support.ts'
export { judge, judgeEach } from './judge.ts'
