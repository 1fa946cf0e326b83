import { expect, test } from 'vitest'
import { gpuTokens } from './gpuTokens.ts'
import { tokens } from './tokens.ts'

test.each([
  ['Qwen2.5-7B', ['qwen', '2.5', '7b']],
  ['ｑｗｅｎ２．５　7b', ['qwen', '2.5', '7b']],
  ['DeepSeek-V3.1', ['deepseek', 'v3.1']],
  ['Mixtral-8x7B', ['mixtral', '8x7b']],
  ['internlm2_5-1_8b', ['internlm', '2', '5', '1', '8b']],
  ['Qwen3.5-35B-A3B', ['qwen', '3.5', '35b', 'a3b']],
  ['通义千问7b', ['通义千问', '7b']],
  ['v0.3.', ['v0.3']],
  ['', []]
])('words of %s', (text, words) => expect(tokens(text)).toEqual(words))

test.each([
  ['NVIDIA GeForce RTX 4090', ['nvidia', 'geforce', 'rtx', '4090']],
  ['RTX4090D', ['rtx', '4090', 'd']],
  ['a100 80 g', ['a100', '80gb']],
  ['A100-SXM4-80GB', ['a100', 'sxm', '80gb']],
  ['RX 7900xtx', ['rx', '7900', 'xtx']],
  ['Intel(R) Arc(TM) A770', ['intel', 'arc', 'a770']]
])('words of the card %s', (text, words) => expect(gpuTokens(text)).toEqual(words))
