import type { Architecture } from '#shared/architecture/index.ts'
import { familyOf } from '#shared/memory/modules/families/index.ts'
import { defaultMethod, LIMITS, type FloatType, type Method, type Plan } from '#shared/plan/index.ts'
import { upcastsUnquantized, type Stack } from './publishedStack.ts'
import { CannotMap, stated, type PublishedRow } from './publishedRow.ts'

export function precisionOf ({ weight_dtype: weights, compute_dtype: text, quantization }: PublishedRow): Plan['precision'] {
  const compute = text ?? ''
  const half = /fp16/.test(compute) ? 'fp16' : 'bf16'
  const isAutocast = /autocast (bf16|fp16)|(bf16|fp16) (AMP|autocast)|bf16=True/.test(compute)
  if (!isAutocast && !/^(pure |fp32)/.test(compute)) throw new CannotMap(`precision ${compute || 'not stated'}`)
  const isQuantized = quantization !== null && quantization !== 'none'
  // Beside quantized weights the type of the others is what the computation runs in.
  const type = isQuantized ? half : /^(bf16|fp16|fp32)$/.exec(weights ?? '')?.[0]
  return { weights: stated(type as FloatType | undefined, `weights in ${weights}`), autocast: isAutocast ? half : 'none', outputsToFp32: isAutocast }
}

export function methodOf (row: PublishedRow, stack: Stack, architecture: Architecture): Method {
  if (row.method === 'full') return { kind: 'full' }
  if (!['lora', 'rslora', 'dora', 'qlora', 'gptq-lora'].includes(row.method)) throw new CannotMap(`method ${row.method}`)
  const adapter = {
    rank: stated(row.lora_rank, 'LoRA rank not stated'),
    dropout: dropoutOf(row),
    targets: targetsOf(row, architecture),
    adapterType: adapterTypeOf(row, stack),
    dora: row.method === 'dora'
  }
  const isQuantized = row.quantization !== null && row.quantization !== 'none'
  if (!isQuantized) return { ...defaultMethod('lora'), ...adapter } as Method
  return {
    ...defaultMethod('qlora'),
    ...adapter,
    quantization: quantizationOf(row),
    upcastUnquantized: stated(upcastsUnquantized(stack), 'whether prepare_model_for_kbit_training ran is not stated')
  } as Method
}

function dropoutOf ({ notes }: PublishedRow): number {
  return Number(stated(/\bdropout (\d*\.?\d+)/.exec(notes ?? '')?.[1], 'LoRA dropout not stated'))
}

/** PEFT passes over names that the model does not have, as long as one is found. */
function targetsOf ({ lora_targets: named, model }: PublishedRow, architecture: Architecture): string[] {
  const names = typeof named === 'string' ? named.split(' ') : named ?? []
  if (names.length === 0 || !names.every((name) => /^[a-z][\w.]*$/.test(name))) throw new CannotMap(`LoRA targets ${typeof named === 'string' ? `“${named}”` : 'not stated'}`)
  const family = familyOf(architecture, model)
  if (!family.ok) return [...names]
  const known = family.value.linearLayers(architecture)
  const targets = names.filter((name) => known.has(name))
  if (targets.length === 0) throw new CannotMap(`LoRA targets ${names.join(', ')}: none in ${model}`)
  return targets
}

/** PEFT since 0.12 keeps the adapters of a 16-bit base in fp32 (peft_model.py autocast_adapter_dtype). */
function adapterTypeOf ({ compute_dtype: compute }: PublishedRow, { peft }: Stack): FloatType {
  const said = /(?:adapter params|LoRA (?:weights|params)) (fp32|bf16|fp16)/.exec(compute ?? '')?.[1]
  if (said) return said as FloatType
  const [major, minor] = stated(peft, 'type of the adapters not stated')
  if (major === 0 && minor < 12) throw new CannotMap('type of the adapters not stated')
  return 'fp32'
}

/** One scale per column, whatever the number of rows. */
const UNGROUPED = LIMITS.groupSize.max

/**
 * Repositories whose main branch is quantized without groups, whatever a table says of GPTQ in general. Llama 2 70B by the size of its
 * files, 35.33 GB: half a byte for each of 68.45e9 weights and the 16-bit embedding and head leave no room for scales per 128. Mixtral by
 * what stays allocated after the run, 23.97 GB: half a byte for each of 46.44e9 leaves 0.75 GB, of which embedding and head take 0.52.
 */
const UNGROUPED_MODELS: ReadonlySet<string> = new Set(['TheBloke/Llama-2-70B-GPTQ', 'TheBloke/Mixtral-8x7B-Instruct-v0.1-GPTQ'])

/** GPTQ: PEFT 0.13 adds the update in place where 0.21 makes a sum, which is no matter while attention alone carries adapters and the peak is the MLP's. */
function quantizationOf ({ quantization, model }: PublishedRow): Extract<Method, { kind: 'qlora' }>['quantization'] {
  const bnb = /^bnb[. ]nf4(-dq| \+ double quant)?$/.exec(quantization ?? '')
  if (bnb) return { type: 'nf4', doubleQuantization: bnb[1] !== undefined }
  const groups = /^gptq 4bit g(\d+)$/.exec(quantization ?? '')?.[1]
  if (!groups) throw new CannotMap(`quantization ${quantization}`)
  return { type: 'gptq', doubleQuantization: false, bits: 4, groupSize: UNGROUPED_MODELS.has(model) ? UNGROUPED : Number(groups) }
}

/** torch.optim.AdamW without `fused` takes the foreach path on a GPU. */
const OPTIMIZERS: Readonly<Record<string, Plan['optimizer']>> = {
  'AdamW torch (HF adamw_torch)': { kind: 'adamw', implementation: 'foreach' },
  adamw_torch: { kind: 'adamw', implementation: 'foreach' },
  'AdamW (torch, default foreach)': { kind: 'adamw', implementation: 'foreach' },
  'AdamW torch': { kind: 'adamw', implementation: 'foreach' },
  'AdamW fused': { kind: 'adamw', implementation: 'fused' },
  adamw_torch_fused: { kind: 'adamw', implementation: 'fused' },
  adafactor: { kind: 'adafactor', implementation: 'foreach' },
  adamw_8bit: { kind: 'adamw-8bit', implementation: 'fused' },
  adamw_bnb_8bit: { kind: 'adamw-8bit', implementation: 'fused' },
  paged_adamw_8bit: { kind: 'paged-adamw-8bit', implementation: 'fused' },
  paged_adamw_32bit: { kind: 'paged-adamw-32bit', implementation: 'fused' }
}

/** The Trainer clips gradients by default (max_grad_norm = 1). */
export function optimizerOf ({ optimizer }: PublishedRow): Plan['optimizer'] {
  return { ...stated(OPTIMIZERS[optimizer ?? ''], `optimizer ${optimizer ?? 'not stated'}`), clipGradNorm: true }
}
