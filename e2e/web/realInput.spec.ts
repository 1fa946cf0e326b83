import { expect, test } from '../fixtures.ts'

/*
 * The figures of the reference simulator's worked examples (memory-model/reference/worked-examples.json), in GiB: the peak
 * of each phase by `phase_peak_GiB`, max_memory_allocated by `replay.max_alloc`. What the page shows is rounded once more.
 */

test('opens with Llama-3.1-8B LoRA r=8 on q and v, micro-batch 4, sequence 2048, already computed', async ({ workbench }) => {
  await workbench.judgeAgainstCatalog()
  await expect(workbench.title).toHaveText('Example: Llama 3.1 8B LoRA')
  await expect(workbench.figure('allocated')).toHaveText('64.80 GiB')
  await expect(workbench.figure('parameters')).toHaveText('8.03B')
  await workbench.showPhases()
  await expect(workbench.phasePeak('Load')).toHaveText('14.970 GiB')
  await expect(workbench.phasePeak('Step 1 · Forward')).toHaveText('62.866 GiB')
  await expect(workbench.phasePeak('Step 1 · Backward')).toHaveText('64.761 GiB')
  await expect(workbench.phasePeak('Step 2 · Backward')).toHaveText('64.786 GiB')
  await expect(workbench.device('RTX 4090')).toContainText('does not fit')
  await expect(workbench.device('A100-SXM4-80GB')).toContainText('tight')
})

test('the same with checkpointing needs less than half', async ({ workbench }) => {
  await workbench.judgeAgainstCatalog()
  await workbench.select('Checkpointing', 'Non-reentrant')
  await expect(workbench.figure('allocated')).toHaveText('28.88 GiB')
  await workbench.showPhases()
  await expect(workbench.phasePeak('Step 1 · Forward')).toHaveText('26.950 GiB')
  await expect(workbench.phasePeak('Step 2 · Backward')).toHaveText('28.864 GiB')
  await expect(workbench.sentence).toHaveText(/^Fits on NVIDIA A100-SXM4-80GB with \d+\.\d GiB to spare\.$/)
  await expect(workbench.device('RTX 4090')).toContainText('does not fit')
})

test('LLaMA-7B full fine-tuning in bf16, micro-batch 1, sequence 2048, fused AdamW', async ({ workbench }) => {
  await workbench.judgeAgainstCatalog()
  await workbench.chooseModel('llama 7b', 'huggyllama/llama-7b')
  await workbench.choose('Method', 'Full')
  await workbench.choose('Autocast', 'Off')
  await workbench.type('Micro-batch', '1')
  await expect(workbench.figure('allocated')).toHaveText('50.24 GiB')
  await expect(workbench.figure('parameters')).toHaveText('6.74B')
  await workbench.showPhases()
  await expect(workbench.phasePeak('Load')).toHaveText('12.551 GiB')
  await expect(workbench.phasePeak('Step 1 · Optimizer step')).toHaveText('50.205 GiB')
  await expect(workbench.phasePeak('Step 2 · Backward')).toHaveText('50.221 GiB')
  await expect(workbench.device('A100-SXM4-80GB')).toContainText('fits')
})

test('Qwen2.5-7B QLoRA r=16 on all linear layers, micro-batch 2, sequence 2048, checkpointing', async ({ workbench }) => {
  await workbench.judgeAgainstCatalog()
  await workbench.chooseModel('qwen2.5 7b', 'Qwen/Qwen2.5-7B')
  await workbench.choose('Method', 'QLoRA')
  await workbench.type('Micro-batch', '2')
  await workbench.select('Checkpointing', 'Non-reentrant')
  await expect(workbench.number('Rank')).toHaveValue('16')
  await expect(workbench.figure('allocated')).toHaveText('13.19 GiB')
  await workbench.showPhases()
  await expect(workbench.phasePeak('Load')).toHaveText('5.242 GiB')
  await expect(workbench.phasePeak('Step 1 · Forward')).toHaveText('11.891 GiB')
  await expect(workbench.phasePeak('Step 2 · Backward')).toHaveText('13.174 GiB')
  await expect(workbench.device('RTX 4090')).toContainText(/fits|tight/)
})

test('the examples are the same plans', async ({ workbench }) => {
  await workbench.loadExample('Qwen2.5 7B QLoRA')
  await expect(workbench.figure('allocated')).toHaveText('13.19 GiB')
  await workbench.loadExample('LLaMA 7B full')
  await expect(workbench.figure('allocated')).toHaveText('50.24 GiB')
  await workbench.loadExample('Llama 3.1 8B LoRA, checkpointing')
  await expect(workbench.figure('allocated')).toHaveText('28.88 GiB')
})

test('the breakdown adds up and explains itself', async ({ workbench }) => {
  const table = workbench.page.getByRole('table')
  await expect(table.getByRole('row', { name: /^Total/ })).toContainText('100.0%')
  const gate = table.getByRole('row', { name: /gate_proj output/ })
  await expect(gate).toContainText('32 × [b 4 · s 2048 · f 14336] × 2 B')
  await expect(gate).toContainText('7.000 GiB')
  await gate.getByRole('button').click()
  await expect(table).toContainText('7,516,192,768 B')
})
