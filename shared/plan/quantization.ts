import type { Quantization } from './quantizationSchema.ts'
import type { Method } from './schema.ts'

/** A method whose base may be quantized: QLoRA always, others where they say so. */
export type QuantizableMethod = Extract<Method, { quantization?: unknown }>

/** Whether the kind of method can train over quantized weights: QLoRA does, and every other method of PEFT's but LoRA, which is QLoRA then. */
export const isQuantizable = (method: Method): method is QuantizableMethod => !['full', 'freeze', 'lora'].includes(method.kind)

/**
 * Formats whose layers PEFT 0.21 has no class of a method for. (IA)³: only bitsandbytes and subclasses of nn.Linear
 * (peft/tuners/ia3/model.py _create_new_module). VeRA and OFT: the eetq package's class but not transformers' own
 * (peft/utils/quantization_utils.py resolve_quantization_backend, transformers integrations/eetq.py EetqLinear).
 */
const REFUSED: Readonly<Partial<Record<Method['kind'], readonly Quantization['type'][]>>> = {
  ia3: ['gptq', 'awq', 'hqq', 'eetq', 'aqlm'],
  vera: ['eetq'],
  oft: ['eetq']
}

/** Whether the method can train over weights stored so. */
export const takesFormat = (kind: Method['kind'], format: Quantization['type']): boolean => !REFUSED[kind]?.includes(format)

/** How the linear layers of the frozen base are stored; null when they are not quantized. */
export const quantizationOf = (method: Method): Quantization | null => isQuantizable(method) ? method.quantization ?? null : null

/** Whether prepare_model_for_kbit_training made everything fp32 that is not quantized (peft/utils/other.py). */
export const upcastsUnquantized = (method: Method): boolean => isQuantizable(method) && method.quantization !== undefined && method.upcastUnquantized === true

/** The method over weights stored so; null: over weights as they are. LoRA and QLoRA turn into each other. */
export function withQuantization (method: Method, quantization: Quantization | null): Method {
  if (!quantization) return unquantized(method)
  if (method.kind === 'lora') return { ...method, kind: 'qlora', quantization, upcastUnquantized: false }
  return isQuantizable(method) ? { ...method, quantization } : method
}

function unquantized (method: Method): Method {
  if (!isQuantizable(method)) return method
  if (method.kind === 'qlora') {
    const { quantization: _, upcastUnquantized: __, ...adapter } = method
    return { ...adapter, kind: 'lora' }
  }
  const { quantization: _, upcastUnquantized: __, ...plain } = method
  return plain
}
