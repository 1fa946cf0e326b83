import type { Architecture } from '../architecture/index.ts'
import { hasAdapters, type AdapterMethod, type Method, type Plan, type PlanProblem } from '../plan/index.ts'
import type { Family } from './modules/families/family.ts'
import type { StackName, StackTargets } from './modules/moe/peftNames.ts'

/** The stacks of experts that LoRA may target; none where every expert is an MLP of its own. */
export const stacksOf = ({ runtime }: Plan, family: Family, architecture: Architecture): readonly StackTargets[] =>
  runtime.experts === 'modules' ? [] : family.stackTargets?.(architecture) ?? []

/** Names that LoRA may target besides linear layers: stacks of experts, router. */
export const stackNames = (stacks: readonly StackTargets[]): readonly string[] => stacks.flatMap(({ names }) => names)

const isTargeted = ({ names, isLinear }: StackTargets, { targets }: AdapterMethod): boolean =>
  targets === 'all-linear' ? isLinear : names.every((name) => targets.includes(name))

/** The stacks that carry an adapter, with its rank: a stack that fuses two layers has twice the rank (_convert_peft_config_moe). */
export function stackTargetsOf (method: Method, stacks: readonly StackTargets[]): ReadonlyMap<StackName, number> {
  const found = new Map<StackName, number>()
  if (!hasAdapters(method)) return found
  for (const target of stacks) {
    if (isTargeted(target, method)) found.set(target.stack, method.rank * target.names.length)
  }
  return found
}

/** What PEFT's ParamWrapper refuses: part of a fused stack, dropout and DoRA on a stack. */
export function checkStackTargets (method: Method, stacks: readonly StackTargets[]): PlanProblem[] {
  if (!hasAdapters(method)) return []
  const { targets } = method
  if (targets !== 'all-linear') {
    for (const { names } of stacks) {
      const missing = names.filter((name) => !targets.includes(name))
      if (missing.length > 0 && missing.length < names.length) {
        const at = targets.findIndex((target) => names.includes(target))
        return [{ path: `method.targets[${at}]`, code: 'half-fused-target', values: { found: targets[at]!, missing: missing.join(', ') } }]
      }
    }
  }
  if (stackTargetsOf(method, stacks).size === 0) return []
  if (method.dropout > 0) return [{ path: 'method.dropout', code: 'dropout-on-experts', values: { found: method.dropout } }]
  return method.dora ? [{ path: 'method.dora', code: 'dora-on-experts' }] : []
}
