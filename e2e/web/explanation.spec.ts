import { expect, test } from '../fixtures.ts'

test('the peak of any phase is broken down, chosen in its table, in the chart or above the breakdown', async ({ workbench, page }) => {
  await workbench.loadExample('Llama 3.1 8B LoRA')
  const total = page.locator('.breakdown tfoot')
  await expect(total).toContainText('Total')
  await workbench.showPhases()
  await page.getByRole('button', { name: 'Step 1 · Optimizer step' }).press('Enter')
  await expect(total).toContainText('Live tensors')
  await expect(total).toContainText('15.01 GiB')
  await workbench.select('Peak of', 'Load')
  await expect(total).toContainText('14.97 GiB')
  await expect(page.locator('.breakdown [data-group="logits-and-loss"]')).toHaveCount(0)
  await workbench.showPhases()
  const chart = (await page.locator('.phase-chart canvas').boundingBox())!
  // The last of seven columns: the optimizer step of the second step.
  await page.mouse.click(chart.x + chart.width - 30, chart.y + chart.height / 2)
  await expect(page.getByRole('combobox', { name: 'Peak of' })).toHaveText(/Step 2 · Optimizer step/)
})

test('a part explains itself: why it is alive, its shape in words, its bytes with their values, and the source', async ({ workbench, page }) => {
  await workbench.loadExample('Llama 3.1 8B LoRA')
  const name = page.getByRole('button', { name: 'input_layernorm fp32 copy of the input' })
  await name.press('Enter')
  const explanation = page.locator('.explanation')
  await expect(explanation).toContainText('The norm computes in fp32')
  await expect(explanation).toContainText('b micro-batch 4')
  await expect(explanation).toContainText('s sequence length 2,048')
  await expect(explanation).toContainText('31 × (4 × 2,048 × 4,096) × 4 B = 4,160,749,568 B')
  await expect(explanation).toContainText('modeling_llama.py')
  await name.press('Enter')
  await expect(explanation).toHaveCount(0)
})
