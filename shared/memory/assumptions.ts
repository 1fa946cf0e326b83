import type { Locale } from '../units/index.ts'
import type { Assumption } from './result.ts'
export function describeAssumption (_assumption: Assumption, _locale: Locale = 'en'): string { throw new Error('being written') }
