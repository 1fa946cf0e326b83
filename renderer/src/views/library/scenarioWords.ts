import { findModel } from '#shared/catalog/index.ts'
import type { ScenarioSummary } from '#shared/contract/index.ts'
import { ALGORITHMS, type Algorithm, type Method } from '#shared/plan/index.ts'
import { algorithmName, methodName } from '#shared/report/index.ts'
import type { Locale } from '#shared/units/index.ts'
import { OTHER_METHODS, USUAL_METHODS } from '../plan/methods.ts'

const METHODS: readonly string[] = [...USUAL_METHODS, ...OTHER_METHODS]

/* Names of what a saved scenario holds. One of a newer Headroom may have a method or an algorithm that has no name here. */

export const modelText = (model: string): string => findModel(model)?.displayName ?? model
export const methodText = (method: string, locale: Locale): string => METHODS.includes(method) ? methodName(method as Method['kind'], locale) : method
export const algorithmText = (algorithm: string, locale: Locale): string => (ALGORITHMS as readonly string[]).includes(algorithm) ? algorithmName(algorithm as Algorithm, locale) : algorithm

/** `Llama 3.1 8B · DPO · LoRA`; supervised fine-tuning goes without saying. */
export const planLine = ({ model, algorithm, method }: ScenarioSummary, locale: Locale): string =>
  [modelText(model), ...algorithm === 'sft' ? [] : [algorithmText(algorithm, locale)], methodText(method, locale)].join(' · ')
