import type { Architecture } from '../../../architecture/architecture.ts'
import { attention, gatedMlp, partOfHeads, plainMlp, wholeHeads } from './dense/common.ts'
import { denseFamily, turnsWhereSliding, type DenseSpec } from './dense/index.ts'

/* Families that differ from Llama in a few of the parts that a specification names. */

const llamaLike = (a: Architecture): DenseSpec => ({
  norm: 'rms',
  order: 'pre',
  attention: attention(a, { rotary: wholeHeads }),
  mlp: gatedMlp(a),
  head: {}
})

/** Granite: embedding, sublayers and logits multiplied by numbers. */
export const graniteFamily = denseFamily(['granite'], 'granite/modeling_granite.py', (a) => ({
  ...llamaLike(a), residualMultiplier: true, embeddingScale: 'number', head: { scaled: true }
}))

/** SmolLM3: every fourth layer without rotary positions. */
export const smollm3Family = denseFamily(['smollm3'], 'smollm3/modeling_smollm3.py', llamaLike, (a, i) => a.rotaryLayers?.[i] ?? (i + 1) % 4 !== 0)

/** EXAONE 4: norms after the sublayers, QK-norm, rotary positions only where layers slide (everywhere if none does). */
export const exaone4Family = denseFamily(['exaone4'], 'exaone4/modeling_exaone4.py', (a) => ({
  ...llamaLike(a),
  order: 'post',
  attention: attention(a, { rotary: wholeHeads, qkNorm: { kind: 'rms', over: 'head' } })
}), (a, i) => a.slidingWindow === null || turnsWhereSliding(a, i))

/** StableLM: LayerNorm, a quarter of each head turned. */
export const stablelmFamily = denseFamily(['stablelm'], 'stablelm/modeling_stablelm.py', (a) => ({
  ...llamaLike(a),
  norm: 'layer-norm',
  order: a.parallelBlock ? 'parallel-residual-first' : 'pre',
  attention: attention(a, { rotary: partOfHeads(a.rotaryFraction ?? 0.25) }),
  ...(a.dropout ? { dropout: a.dropout } : {})
}))

/** StarCoder 2: LayerNorm, biases, a GELU MLP. */
export const starcoder2Family = denseFamily(['starcoder2'], 'starcoder2/modeling_starcoder2.py', (a) => ({
  ...llamaLike(a),
  norm: 'layer-norm',
  mlp: plainMlp(a, 'c_fc', 'c_proj', 'gelu'),
  ...(a.dropout ? { dropout: a.dropout } : {})
}))

/** Nemotron (Minitron): LayerNorm with weight + 1, half of each head turned, squared ReLU. */
export const nemotronFamily = denseFamily(['nemotron'], 'nemotron/modeling_nemotron.py', (a) => ({
  ...llamaLike(a),
  norm: 'layer-norm-1p',
  attention: attention(a, { rotary: partOfHeads(a.rotaryFraction ?? 0.5) }),
  mlp: plainMlp(a, 'up_proj', 'down_proj', 'relu2')
}))

/** Arcee's AFM: squared ReLU without a gate. */
export const arceeFamily = denseFamily(['arcee'], 'arcee/modeling_arcee.py', (a) => ({ ...llamaLike(a), mlp: plainMlp(a, 'up_proj', 'down_proj', 'relu2') }))

/** Seed-OSS: trains with dropout unless told otherwise. */
export const seedOssFamily = denseFamily(['seed_oss'], 'seed_oss/modeling_seed_oss.py', (a) => {
  const dropout = a.dropout ?? { embedding: 0, attention: 0.1, residual: 0.1 }
  return { ...llamaLike(a), attention: attention(a, { rotary: wholeHeads, dropout: dropout.attention }), dropout }
})

/** HunYuan dense: QK-norm after the rotation. */
export const hunyuanFamily = denseFamily(['hunyuan_v1_dense'], 'hunyuan_v1_dense/modeling_hunyuan_v1_dense.py', (a) => ({
  ...llamaLike(a), attention: attention(a, { rotary: wholeHeads, qkNorm: { kind: 'rms', over: 'head', afterRotary: true } })
}))

/** ERNIE 4.5 dense: interleaved rotary positions in fp32. */
export const ernieFamily = denseFamily(['ernie4_5'], 'ernie4_5/modeling_ernie4_5.py', (a) => ({
  ...llamaLike(a), attention: attention(a, { rotary: { fraction: 1, joins: false, type: 'interleaved-upcast' } })
}))
