import { expect, test } from '../fixtures.ts'

test('what a change would save is what it then saves, in one step that can be undone', async ({ workbench, page }) => {
  await workbench.judgeAgainstCatalog()
  await page.getByRole('tab', { name: 'What would it save' }).click()
  const table = page.locator('.savings')
  const row = table.getByRole('row', { name: /^Gradient checkpointing/ })
  await expect(row).toContainText('Checkpointing Off → Non-reentrant')
  await expect(row.getByRole('cell').first()).toHaveText(/^−\d+\.\d\d GiB$/)
  await expect(row.getByRole('listitem').filter({ hasText: 'RTX 4090' })).toContainText('does not fit')
  const needed = await row.getByRole('cell').nth(1).textContent()
  await row.getByRole('button').press('Enter')
  await expect(workbench.figure('total')).toHaveText(needed!)
  await expect(page.getByRole('combobox', { name: 'Checkpointing', exact: true })).toHaveText('Non-reentrant')
  await expect(table.getByRole('row', { name: /^Without: gradient checkpointing/ }).getByRole('cell').first()).toHaveText(/^\+/)
  await page.getByRole('button', { name: 'Undo' }).last().click()
  await expect(workbench.figure('allocated')).toHaveText('64.80 GiB')
})

test('parameters × bytes stand beside what is really there, and both columns add up', async ({ workbench, page }) => {
  await workbench.loadExample('LLaMA 7B full')
  await page.getByRole('tab', { name: 'What would it save' }).click()
  const sum = page.getByRole('region', { name: 'Why more than parameters × bytes' })
  await expect(sum.getByRole('row', { name: /^Optimizer states/ })).toContainText('25.10 GiB')
  const total = sum.getByRole('row', { name: /^Total/ })
  await expect(total.getByRole('cell').first()).toHaveText('50.21 GiB')
  await expect(total.getByRole('cell').nth(1)).toHaveText(await workbench.figure('total').textContent() ?? '')
})

test('host RAM stands under the figures with its interval, its parts on demand', async ({ workbench, page }) => {
  await workbench.loadExample('LLaMA 7B full')
  await expect(page.locator('[data-host="training"]')).toHaveText(/training \d+\.\d GiB \(\d+\.\d GiB to \d+\.\d GiB\)/)
  await page.getByRole('button', { name: 'Host RAM' }).press('Enter')
  await expect(page.locator('.host-parts').getByRole('row').filter({ hasText: 'Tensors being read' })).toContainText('core_model_loading.py')
})
