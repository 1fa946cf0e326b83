import { hasAdapters, isQuantizable, QUANTIZATION_TYPES, quantizationOf, takesFormat, type Method, type Plan, type PlanProblem, type Quantization } from '../plan/index.ts'

/* What PEFT 0.21 does and does not do over quantized weights. */

type Format = Quantization['type']

/** Formats whose models prepare_model_for_kbit_training leaves as they are (peft/utils/other.py). */
const NEVER_UPCAST = new Set<Format>(['gptq', 'aqlm', 'eetq', 'hqq'])

const NAMES: Readonly<Partial<Record<Method['kind'], string>>> = { ia3: '(IA)³', vera: 'VeRA', oft: 'OFT' }

/** LoRA layers that refuse DoRA (peft/tuners/lora/gptq.py, awq.py, eetq.py, aqlm.py __init__). */
const WITHOUT_DORA = new Set<Format>(['gptq', 'awq', 'eetq', 'aqlm'])

/** Where peft/tuners/ia3/bnb.py takes the place of ia3/layer.py. */
const BITSANDBYTES = new Set<Format>(['nf4', 'fp4', 'int8'])

export function checkQuantization (method: Method): PlanProblem[] {
  if (!isQuantizable(method)) return []
  const { kind, quantization, upcastUnquantized } = method
  if (!quantization) return upcastUnquantized ? [{ path: 'method.upcastUnquantized', code: 'upcast-without-quantization' }] : []
  const { type: format } = quantization
  const problems: PlanProblem[] = []
  if (!takesFormat(kind, format)) {
    const expected = QUANTIZATION_TYPES.filter((type) => takesFormat(kind, type)).join(', ')
    problems.push({ path: 'method.quantization.type', code: 'format-without-adapter', values: { format, method: NAMES[kind] ?? kind, expected } })
  }
  if (hasAdapters(method) && method.dora && WITHOUT_DORA.has(format)) problems.push({ path: 'method.dora', code: 'dora-over-format', values: { format } })
  if (upcastUnquantized && NEVER_UPCAST.has(format)) problems.push({ path: 'method.upcastUnquantized', code: 'never-upcast', values: { format } })
  return problems
}

/** (IA)³ around a bitsandbytes layer, whose product with the trained vector is not cast back to a narrower type. */
export const isIa3OverBitsandbytes = (method: Method): boolean => method.kind === 'ia3' && BITSANDBYTES.has(quantizationOf(method)?.type as Format)

/** The same outside autocast: fp32 comes out, whatever went in (peft/tuners/ia3/bnb.py requires_conversion). */
export const ia3Widens = ({ method, precision }: Pick<Plan, 'method' | 'precision'>): boolean =>
  precision.autocast === 'none' && isIa3OverBitsandbytes(method)
