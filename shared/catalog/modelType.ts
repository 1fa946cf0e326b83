import type { AltUp, Architecture } from '../architecture/index.ts'
import type { CatalogModel } from './model.ts'

type Rule = readonly [family: string, id: RegExp, modelType: string]

const ANY = /(?:)/

/**
 * Hugging Face model_type by family and repository, the first rule that fits wins. Models of a family that no rule names bring
 * their own code, which the engine does not follow even in a relative (InternLM 2, Baichuan, EXAONE 3.5, MiniCPM 4 …).
 */
const RULES: readonly Rule[] = [
  ['Apertus', ANY, 'apertus'],
  ['Arcee', /AFM/, 'arcee'],
  ['Arcee', /Trinity/, 'afmoe'],
  ['BERT', /xlm-roberta|bge-m3/, 'xlm-roberta'],
  ['BERT', /roberta/, 'roberta'],
  ['BERT', ANY, 'bert'],
  ['BLOOM', ANY, 'bloom'],
  ['Chinese LLaMA', ANY, 'llama'],
  ['Code Llama', ANY, 'llama'],
  ['Cohere', /aya-vision/, 'aya_vision'],
  ['Cohere', /command-r7b|command-a/, 'cohere2'],
  ['Cohere', ANY, 'cohere'],
  ['DBRX', ANY, 'dbrx'],
  ['Danube', ANY, 'llama'],
  ['DeepSeek', /R1-Distill-Qwen/, 'qwen2'],
  ['DeepSeek', /deepseek-moe/, 'deepseek'],
  ['DeepSeek', /OCR/, 'deepseek_vl_v2'],
  ['DeepSeek', /V3\.2/, 'deepseek_v32'],
  ['DeepSeek', /V4/, 'deepseek_v4'],
  ['DeepSeek', /V3/, 'deepseek_v3'],
  ['DeepSeek', /V2/, 'deepseek_v2'],
  ['DeepSeek', /deepseek-(?:llm|coder)/, 'llama'],
  ['ERNIE', /0\.3B/, 'ernie4_5'],
  ['ERNIE', ANY, 'ernie4_5_moe'],
  ['EXAONE', /EXAONE-4\.5/, 'exaone4_5'],
  ['EXAONE', /K-EXAONE/, 'exaone_moe'],
  ['EXAONE', /EXAONE-4\.0/, 'exaone4'],
  ['Falcon', /falcon-mamba/, 'falcon_mamba'],
  ['Falcon', /Falcon-H1/, 'falcon_h1'],
  ['Falcon', /Falcon3/, 'llama'],
  ['Falcon', ANY, 'falcon'],
  ['GLM', /GLM-5/, 'glm_moe_dsa'],
  ['GLM', /GLM-4\.7-Flash/, 'glm4_moe_lite'],
  ['GLM', /GLM-4\.5V/, 'glm4v_moe'],
  ['GLM', /GLM-4\.1V/, 'glm4v'],
  ['GLM', /GLM-4\.5/, 'glm4_moe'],
  ['GLM', /GLM-4-.*0414/, 'glm4'],
  ['GLM', /glm-edge|glm-4-9b.*-hf/, 'glm'],
  ['GPT-2', ANY, 'gpt2'],
  ['GPT-J', ANY, 'gptj'],
  ['GPT-Neo', ANY, 'gpt_neo'],
  ['GPT-NeoX', ANY, 'gpt_neox'],
  ['Gemma', ANY, 'gemma'],
  ['Gemma 2', ANY, 'gemma2'],
  ['Gemma 3', /-1b|-270m|text/, 'gemma3_text'],
  ['Gemma 3', ANY, 'gemma3'],
  ['Gemma 3n', ANY, 'gemma3n'],
  ['Gemma 4', ANY, 'gemma4'],
  ['Granite', /PowerMoE|a\d+m/, 'granitemoe'],
  ['Granite', /granite-4\.0/, 'granitemoehybrid'],
  ['Granite', /34b-code/, 'gpt_bigcode'],
  ['Granite', /code/, 'llama'],
  ['Granite', ANY, 'granite'],
  ['Hunyuan', /Hy3/, 'hy_v3'],
  ['Hunyuan', /7B/, 'hunyuan_v1_dense'],
  ['Hunyuan', /A13B/, 'hunyuan_v1_moe'],
  ['InternLM', /Intern-S1/, 'interns1'],
  ['InternVL', /A\d+B/, 'internvl_chat'],
  ['Jamba', ANY, 'jamba'],
  ['LFM2', /VL/, 'lfm2_vl'],
  ['LFM2', /A\d+B/, 'lfm2_moe'],
  ['LFM2', ANY, 'lfm2'],
  ['LLM-jp', ANY, 'llama'],
  ['LLaMA', ANY, 'llama'],
  ['LLaVA', /onevision/, 'llava_onevision'],
  ['LLaVA', /v1\.6|next/, 'llava_next'],
  ['LLaVA', ANY, 'llava'],
  ['Laguna', ANY, 'laguna'],
  ['Ling', /2\.0|1T/, 'bailing_moe_v2'],
  ['Ling', ANY, 'bailing_moe'],
  ['Llama 2', ANY, 'llama'],
  ['Llama 3', ANY, 'llama'],
  ['Llama 3.2 Vision', ANY, 'mllama'],
  ['Llama 4', ANY, 'llama4'],
  ['MPT', ANY, 'mpt'],
  ['Mamba', ANY, 'mamba'],
  ['MicroLlama', ANY, 'llama'],
  ['MiMo', /V2-Flash/, 'mimo_v2_flash'],
  ['MiniMax', /M3/, 'minimax_m3_vl'],
  ['MiniMax', /M2/, 'minimax_m2'],
  ['MiniMax', /Text/, 'minimax'],
  ['MiniCPM', /MiniCPM3-/, 'minicpm3'],
  ['Mistral', /Mixtral/, 'mixtral'],
  ['Mistral', /pixtral/, 'llava'],
  ['Mistral', /Small-4/, 'mistral4'],
  ['Mistral', /Small-3\.1|Ministral-3/, 'mistral3'],
  ['Mistral', /Mistral-(?:7B|Nemo|Small-24B|Small-Instruct|Large-Instruct)|Ministral-8B|openchat|e5-mistral/, 'mistral'],
  ['Moonlight / Kimi', /Kimi-VL/, 'kimi_vl'],
  ['Moonlight / Kimi', /Kimi-K2\.5/, 'kimi_k25'],
  ['Moonlight / Kimi', /Kimi-K3/, 'kimi_k3'],
  ['Moonlight / Kimi', /Kimi-Linear/, 'kimi_linear'],
  ['Moonlight / Kimi', /Moonlight|Kimi-K2-/, 'deepseek_v3'],
  ['Nanbeige', ANY, 'llama'],
  ['Muse', ANY, 'muse_glimmer'],
  ['Nemotron', /Nemotron-Super-49B/, 'nemotron-nas'],
  ['Nemotron', /Mistral-NeMo/, 'mistral'],
  ['Nemotron', /Llama-3\.1-Minitron|llama-embed-nemotron/, 'llama'],
  ['Nemotron', /Nemotron-Mini|Minitron|Nemotron-4-/, 'nemotron'],
  ['Nemotron', /Nemotron-(?:H|3|Nano)/, 'nemotron_h'],
  ['OLMo', /Olmo-3/, 'olmo3'],
  ['OLMo', /OLMo-2/, 'olmo2'],
  ['OLMo', /OLMoE/, 'olmoe'],
  ['OLMo', ANY, 'olmo'],
  ['OPT', ANY, 'opt'],
  ['Orion', ANY, 'orion'],
  ['TeleChat', ANY, 'telechat'],
  ['OpenCALM', ANY, 'gpt_neox'],
  ['OpenLLaMA', ANY, 'llama'],
  ['PaliGemma', ANY, 'paligemma'],
  ['Phi', /phi-1|phi-2/, 'phi'],
  ['Phi', /Phi-3-small/, 'phi3small'],
  ['Phi', /MoE/, 'phimoe'],
  ['Phi', /Phi-3-(?:mini|medium)|Phi-3\.5-mini|phi-4|Phi-4-mini/, 'phi3'],
  ['Pythia', ANY, 'gpt_neox'],
  ['Qwen1.5', /MoE/, 'qwen2_moe'],
  ['Qwen1.5', ANY, 'qwen2'],
  ['Qwen2', /A14B/, 'qwen2_moe'],
  ['Qwen2', ANY, 'qwen2'],
  ['Qwen2-VL', ANY, 'qwen2_vl'],
  ['Qwen2.5', ANY, 'qwen2'],
  ['Qwen2.5-VL', ANY, 'qwen2_5_vl'],
  ['Qwen3', /A\d+B/, 'qwen3_moe'],
  ['Qwen3', ANY, 'qwen3'],
  ['Qwen3-Next', ANY, 'qwen3_next'],
  ['Qwen3-VL', /A\d+B/, 'qwen3_vl_moe'],
  ['Qwen3-VL', ANY, 'qwen3_vl'],
  ['Qwen3.5', /Qwen3\.8/, 'qwen3_5_moe_text'],
  ['Qwen3.5', /Qwen3\.5.*A\d+B/, 'qwen3_5_moe'],
  ['Qwen3.5', /Qwen3\.5/, 'qwen3_5'],
  ['Reward', /Qwen3/, 'qwen3'],
  ['Reward', /Llama/, 'llama'],
  ['SOLAR', ANY, 'llama'],
  ['Sarvam', /30b/, 'sarvam_moe'],
  ['Sarvam', /105b/, 'sarvam_mla'],
  ['Salamandra', ANY, 'llama'],
  ['Seed', /Seed-OSS/, 'seed_oss'],
  ['Seed', ANY, 'llama'],
  ['SmolLM', /SmolLM3/, 'smollm3'],
  ['SmolLM', ANY, 'llama'],
  ['SmolVLM', ANY, 'idefics3'],
  ['StableLM', ANY, 'stablelm'],
  ['StarCoder', /starcoder2/, 'starcoder2'],
  ['StarCoder', ANY, 'gpt_bigcode'],
  ['Step', ANY, 'step3p5'],
  ['T5', /mt5/, 'mt5'],
  ['T5', ANY, 't5'],
  ['TinyLlama', ANY, 'llama'],
  ['Yi', ANY, 'llama'],
  ['dots', /llm1/, 'dots1'],
  ['gpt-oss', ANY, 'gpt_oss']
]

/** partial_rotary_factor of the configs that set it apart from their model type's default. */
const ROTARY_FRACTIONS: readonly (readonly [RegExp, number])[] = [[/\/phi-2$/, 0.4], [/Phi-4-mini/, 0.75], [/open-calm/, 1]]

/** Both sizes of Gemma 3n keep 20 layers with keys of their own and cut the gates of the first 10. */
const altUp = (layers: number): AltUp => ({
  streams: 4, laurelRank: 64, sparseLayers: Array.from({ length: layers }, (_, i) => i < 10), borrowingLayers: layers - 20
})

/** Other fields of config.json that the catalog's shapes do not have. */
const OWN_FIELDS: readonly (readonly [RegExp, Partial<Architecture>])[] = [
  [/Llama-4-Scout/, { weightlessQkNorm: true }],
  [/gemma-3n-E4B/, { altUp: altUp(35) }],
  [/gemma-3n-E2B/, { altUp: altUp(30) }]
]

/** The model's model_type; null where it brings its own code, or it is not known which file runs it. */
export function modelTypeOf ({ family, id }: Pick<CatalogModel, 'family' | 'id'>): string | null {
  return RULES.find(([ruleFamily, pattern]) => ruleFamily === family && pattern.test(id))?.[2] ?? null
}

/** The model with what decides how transformers runs it. */
export function withModelType<M extends CatalogModel> (model: M): M {
  const modelType = modelTypeOf(model)
  if (modelType === null) return model
  const fraction = ROTARY_FRACTIONS.find(([pattern]) => pattern.test(model.id))?.[1]
  const architecture: Architecture = { ...model.architecture, modelType, ...(fraction === undefined ? {} : { rotaryFraction: fraction }), ...OWN_FIELDS.find(([pattern]) => pattern.test(model.id))?.[1] }
  return { ...model, architecture }
}
