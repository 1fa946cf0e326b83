import type { CatalogModel } from './model.ts'

/** A digit per layer: the index of its layer group. By repository, from `layer_types`, `full_attn_idxs` or their like in config.json. */
const BY_MODEL: Readonly<Record<string, string>> = {
  'XiaomiMiMo/MiMo-V2-Flash': `022221${'222221'.repeat(7)}`,
  'poolside/Laguna-XS.2': `0222${'1222'.repeat(9)}`,
  'zai-org/GLM-5.2': `000222${'1222'.repeat(18)}`,
  'stepfun-ai/Step-3.5-Flash': `0113${'2333'.repeat(10)}2`,
  'MiniMaxAI/MiniMax-M3': `000${'1'.repeat(57)}`,
  'google/gemma-4-26B-A4B': '000001'.repeat(5),
  'deepseek-ai/DeepSeek-V4-Flash-Base': `001${'23'.repeat(20)}`,
  'deepseek-ai/DeepSeek-V4-Pro-Base': `001${'23'.repeat(29)}`,
  'LiquidAI/LFM2-350M': '0010010010101010',
  'LiquidAI/LFM2-700M': '0010010010101010',
  'LiquidAI/LFM2-1.2B': '0010010010101010',
  'LiquidAI/LFM2.5-VL-1.6B': '0010010010101010',
  'LiquidAI/LFM2-2.6B': '001001000100010001000100100100',
  'LiquidAI/LFM2-8B-A1B': '002111211121112111211211',
  'LiquidAI/LFM2-24B-A2B': `00${'2111'.repeat(9)}21`,
  'moonshotai/Kimi-K3': `0112${'1112'.repeat(22)}2`,
  'moonshotai/Kimi-Linear-48B-A3B-Instruct': `0112${'1112'.repeat(5)}112`
}

/** A pattern that repeats through the stack, by model type. */
const BY_TYPE: Readonly<Record<string, string>> = {
  qwen3_next: '0001',
  qwen3_5: '0001',
  qwen3_5_moe: '0001',
  qwen3_5_moe_text: '0001',
  minimax: '00000001',
  jamba: '01012101',
  granitemoehybrid: '0000010000'
}

/** What a letter of Nemotron's hybrid_override_pattern stands for: the mixer and the MLP of the layer's group. */
const LETTERS: Readonly<Record<string, string>> = { 'M': 'mamba2 none', '*': 'attention none', '-': 'none mlp', 'E': 'none moe' }

/** The same from the letters that the catalog has in words (`pattern MEMEM*… (M Mamba-2, …)`). */
function fromLetters ({ layerOrder, layerGroups }: CatalogModel['architecture']): string | undefined {
  const letters = /^pattern ([ME*-]+) /.exec(layerOrder ?? '')?.[1]
  return letters && [...letters].map((letter) => layerGroups?.findIndex(({ mixer, ffn }) => `${mixer} ${ffn}` === LETTERS[letter])).join('')
}

/** The model with the order of its layers, where it is known. */
export function withLayerSequence (model: CatalogModel): CatalogModel {
  const { id, architecture } = model
  const pattern = BY_MODEL[id] ?? BY_TYPE[architecture.modelType ?? ''] ?? fromLetters(architecture)
  if (!pattern || !architecture.layerGroups) return model
  const layerSequence = Array.from({ length: architecture.layers }, (_, i) => Number(pattern[i % pattern.length]))
  return { ...model, architecture: { ...architecture, layerSequence } }
}
