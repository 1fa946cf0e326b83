/* Both languages at once, for what compares them. The window loads Chinese apart. */

export { zh } from './chinese.ts'
export { en } from './english.ts'
