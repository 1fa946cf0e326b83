import type { Plan } from '../../plan/index.ts'
import { Scope, Tensor, type Shape } from '../tape/index.ts'
import { eagerAttention, efficientAttention, flashAttention } from './attention.ts'
import { add, cast, repeatHeads } from './elementwise.ts'
import type { Extents } from './extents.ts'
import { linear, type Parameter } from './linear.ts'
import type { LinearLayer } from './linearLayers.ts'
import { loraLinear } from './lora.ts'
import { gatedMlp } from './mlp.ts'
import { fusedRmsNorm, rmsNorm } from './normalization.ts'
import { quantizedLinear } from './quantizedLinear.ts'
import { applyRotary, fusedRotary } from './rotary.ts'
import type { Block } from './transformer.ts'

/** What a block needs besides its own parameters and input. */
export interface BlockContext {
  readonly extents: Extents
  readonly runtime: Plan['runtime']
  readonly quantized: boolean
  readonly cos: Tensor
  readonly sin: Tensor
}

/** The RMSNorm that the runtime uses. */
export function normalize (scope: Scope, module: string, x: Tensor, weight: Parameter, rows: Shape, runtime: Plan['runtime']): Tensor {
  scope.tape.module = module
  return runtime.fusedKernels.includes('rms-norm') ? fusedRmsNorm(scope, x, weight, rows) : rmsNorm(scope, x, weight, rows)
}

/** transformers LlamaDecoderLayer.forward, with the q/k norms of Qwen3 and the biases of Qwen2 where the block has them. */
export function decoderBlock (caller: Scope, x: Tensor, block: Block, context: BlockContext): Tensor {
  const { tape } = caller
  const { extents, runtime } = context
  const scope = new Scope(tape)
  const project = (inner: Scope, layer: LinearLayer, input: Tensor): Tensor => projection(inner, layer, input, block, context)

  const normed = normalize(scope, 'input_layernorm', x, block.inputNorm, extents.tokens, runtime)
  const attended = selfAttention(scope, normed, block, context, project)
  scope.drop(normed)
  tape.module = 'residual'
  const residual = add(scope, x, attended, 'after attention')
  scope.drop(attended)
  const normed2 = normalize(scope, 'post_attention_layernorm', residual, block.postAttentionNorm, extents.tokens, runtime)
  const transformed = gatedMlp(scope, normed2, runtime.fusedKernels.includes('swiglu'), project)
  scope.drop(normed2)
  tape.module = 'residual'
  return scope.return(add(scope, residual, transformed, 'block output'), caller)
}

type Project = (scope: Scope, layer: LinearLayer, x: Tensor) => Tensor

function projection (scope: Scope, layer: LinearLayer, x: Tensor, block: Block, { extents, quantized }: BlockContext): Tensor {
  scope.tape.module = layer
  const { weight, bias, adapter } = block[layer]
  const { output, weight: weightShape } = extents.linear[layer]
  const base = (inner: Scope): Tensor => weight ? linear(inner, x, weight, output, bias) : quantizedLinear(inner, x, weightShape, output)
  return adapter ? loraLinear(scope, x, adapter, output, base, quantized) : base(scope)
}

/** transformers LlamaAttention.forward; Qwen3Attention.forward where q and k are normalized. */
function selfAttention (caller: Scope, x: Tensor, block: Block, context: BlockContext, project: Project): Tensor {
  const { tape } = caller
  const { extents, runtime } = context
  const scope = new Scope(tape)
  const query = projectHeads(scope, 'q_proj', x, block.queryNorm, extents.queryRows, runtime, project)
  const key = projectHeads(scope, 'k_proj', x, block.keyNorm, extents.keyRows, runtime, project)
  const value = project(scope, 'v_proj', x)
  tape.module = 'rotary'
  const rotate = (t: Tensor): Tensor => runtime.fusedKernels.includes('rope') ? fusedRotary(scope, t) : applyRotary(scope, t, context.cos, context.sin)
  const turnedQuery = rotate(query)
  const turnedKey = rotate(key)
  scope.drop(query, key)
  tape.module = 'attention'
  const mixed = attend(scope, turnedQuery, turnedKey, value, extents, runtime.attention)
  return scope.return(project(scope, 'o_proj', mixed), caller)
}

function projectHeads (
  scope: Scope, layer: 'q_proj' | 'k_proj', x: Tensor, norm: Parameter | null, rows: Shape, runtime: Plan['runtime'], project: Project
): Tensor {
  const projected = project(scope, layer, x)
  if (!norm) return projected
  const normed = normalize(scope, layer === 'q_proj' ? 'q_norm' : 'k_norm', projected, norm, rows, runtime)
  scope.drop(projected)
  return normed
}

function attend (scope: Scope, q: Tensor, k: Tensor, v: Tensor, extents: Extents, kind: Plan['runtime']['attention']): Tensor {
  const { tape } = scope
  const { attention } = extents
  if (kind === 'eager') return eagerAttention(scope, q, k, v, attention)
  const flash = kind !== 'efficient' && !attention.mask
  // The model repeats key and value heads itself where the kernel is not given grouped heads.
  const repeats = !flash || kind === 'flash-repeated-kv'
  const keys = repeats ? repeatHeads(scope, k, attention.query) : scope.alias(k)
  const values = repeats ? repeatHeads(scope, v, attention.query) : scope.alias(v)
  // Autocast runs scaled_dot_product_attention in its own type.
  const narrow = (t: Tensor): Tensor => tape.autocast ? cast(scope, t, Math.min(t.elementSize, tape.autocast), 'in the autocast type') : t
  const inputs = [narrow(q), narrow(keys), narrow(values)] as const
  const result = flash ? flashAttention(scope, ...inputs, attention) : efficientAttention(scope, ...inputs, attention)
  scope.drop(...inputs.filter((t) => t !== q && t !== keys && t !== values), keys, values)
  return result
}
