import type { Plan } from '#shared/plan/index.ts'
import { CannotMap, stated, type PublishedRow } from './publishedRow.ts'

/** What trains: the Hugging Face Trainer of a version of transformers, with the kernels that a plugin puts in place of its own. */
export interface Stack {
  readonly major: number
  readonly minor: number
  readonly peft: readonly [major: number, minor: number] | null
  /** Configuration of foundation-model-stack/fms-acceleration, `accelerated-peft-bnb-foak`; null elsewhere. */
  readonly accelerated: string | null
  readonly fusedKernels: Plan['runtime']['fusedKernels']
}

export function stackOf (row: PublishedRow): Stack {
  const framework = row.framework ?? ''
  const [major, minor] = stated(versionOf('transformers', framework), 'no Hugging Face Trainer of a stated version: another training loop')
  const accelerated = /framework_config=([\w-]+?)\.? /.exec(`${row.notes ?? ''} `)?.[1] ?? null
  return { major, minor, peft: versionOf('peft', framework), accelerated, fusedKernels: fusedKernelsOf(row, accelerated) }
}

function versionOf (name: string, framework: string): [number, number] | null {
  const match = new RegExp(`\\b${name} (\\d+)\\.(\\d+)(?!\\S*-\\d)`).exec(framework)
  return match ? [Number(match[1]), Number(match[2])] : null
}

const isFoak = (accelerated: string | null): boolean => /\bfoak\b/.test(accelerated ?? '')

/**
 * fms-acceleration configs/fast_kernels.yaml: RMSNorm and rotary embedding; transformers' use_liger_kernel adds SwiGLU. With a
 * quantized base its fused LoRA operations come in too (plugins/fused-ops-and-kernels framework_plugin_fast_kernels.py).
 */
function fusedKernelsOf ({ liger, quantization }: PublishedRow, accelerated: string | null): Plan['runtime']['fusedKernels'] {
  if (typeof liger === 'string') throw new CannotMap(`kernels of its own: ${liger}`)
  if (!isFoak(accelerated)) return liger ? ['rms-norm', 'rope', 'swiglu'] : []
  if (quantization && quantization !== 'none') throw new CannotMap('fused LoRA operations of fms-acceleration are not simulated')
  return ['rms-norm', 'rope']
}

/**
 * The loss path, by Liger, plugin and version of transformers (loss/loss_utils.py since 4.46; #35646 removed the shifted copy).
 * TRL up to 0.13 has none of its own; later ones make metrics from the logits or choose a chunked loss.
 */
export function lossOf ({ liger, framework }: PublishedRow, { major, minor, accelerated }: Stack): Plan['runtime']['loss'] {
  const trl = versionOf('trl', framework ?? '')
  if (trl && (trl[0] > 0 || trl[1] > 13)) throw new CannotMap(`loss path and metrics of TRL ${trl.join('.')} not stated`)
  if (liger) return 'liger-fused-linear'
  if (isFoak(accelerated)) throw new CannotMap('Triton cross entropy of fms-acceleration (in place on the shifted logits) is not simulated')
  if (major > 4 || minor >= 49) return 'hugging-face'
  if (minor >= 46) return 'hugging-face-shift'
  return 'hugging-face-in-model'
}

/** Until 4.48 these expanded K and V to all heads before FlashAttention 2 (models/…/modeling_….py: …FlashAttention2.forward). */
const REPEATED_KV = /mistral|mixtral|qwen2/i

export function attentionOf ({ attention_impl: kernel, packing }: PublishedRow, { major, minor }: Stack, model: string): Plan['runtime']['attention'] {
  if (kernel === 'flash2' || kernel === 'flash3') return REPEATED_KV.test(model) && major === 4 && minor < 48 ? 'flash-repeated-kv' : 'flash'
  if (kernel === 'sdpa') return /^padded/.test(packing ?? '') ? 'efficient' : 'flash'
  if (kernel?.startsWith('eager')) return 'eager'
  throw new CannotMap(`attention ${kernel ?? 'not stated'}`)
}

/** transformers modeling_utils.py gradient_checkpointing_enable: reentrant by default before version 5. */
export function checkpointingOf ({ gradient_checkpointing: on }: PublishedRow, { major }: Stack): Plan['runtime']['checkpointing'] {
  if (on === false) return 'none'
  if (on !== true) throw new CannotMap(`checkpointing ${on ?? 'not stated'}`)
  return major < 5 ? 'reentrant' : 'non-reentrant'
}

/**
 * PEFT's prepare_model_for_kbit_training makes norms and embedding fp32, though not beside GPTQ (peft/utils/other.py); the
 * plugin's own for bitsandbytes leaves them. Null: not stated.
 */
export function upcastsUnquantized ({ accelerated }: Stack): boolean | null {
  if (accelerated?.startsWith('baseline-peft')) return true
  return accelerated?.startsWith('accelerated-peft') ? false : null
}
