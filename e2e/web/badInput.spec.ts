import { expect, test } from '../fixtures.ts'

test('an illegal number is explained beside its field, and the last good answer stays, marked', async ({ workbench }) => {
  await workbench.type('Micro-batch', '0')
  await expect(workbench.error('data.microBatch')).toHaveText('is 0; the smallest possible value is 1.')
  await expect(workbench.number('Micro-batch')).toHaveAttribute('aria-invalid', 'true')
  await expect(workbench.staleMark).toHaveText('Last valid plan')
  await expect(workbench.figure('allocated')).toHaveText('64.80 GiB')
  await workbench.type('Micro-batch', '4')
  await expect(workbench.error('data.microBatch')).toBeHidden()
  await expect(workbench.staleMark).toBeHidden()
})

test('negative, huge, broken and worded numbers each get their own sentence', async ({ workbench }) => {
  await workbench.type('Sequence', '-1')
  await expect(workbench.error('data.sequenceLength')).toContainText('the smallest possible value is 1')
  await workbench.type('Sequence', '99999999999')
  await expect(workbench.error('data.sequenceLength')).toContainText('the largest possible value is 16,777,216')
  await workbench.type('Sequence', '1.5')
  await expect(workbench.error('data.sequenceLength')).toContainText('must be a whole number')
  await workbench.type('Sequence', 'two thousand')
  await expect(workbench.error('data.sequenceLength')).toContainText('must be a number, not “two thousand”')
  await expect(workbench.number('Sequence')).toHaveValue('two thousand')
})

test('a model that is in no catalog keeps its text and gets a sentence', async ({ workbench, page }) => {
  const search = page.getByRole('combobox', { name: 'Model', exact: true })
  await search.click()
  await search.fill('acme/unheard-of-9B')
  await search.press('Enter')
  await expect(search).toHaveValue('acme/unheard-of-9B')
  await expect(workbench.error('model')).toContainText('is not in the catalog')
  await expect(workbench.staleMark).toBeVisible()
})

test('an alias is as good as an id', async ({ workbench, page }) => {
  const search = page.getByRole('combobox', { name: 'Model', exact: true })
  await search.click()
  await search.fill('meta-llama/Meta-Llama-3.1-8B-Instruct')
  await search.press('Enter')
  await expect(search).toHaveValue('Llama 3.1 8B')
  await expect(workbench.figure('allocated')).toHaveText('64.80 GiB')
})

test('heads that do not divide, and a LoRA without targets', async ({ workbench, page }) => {
  await page.getByRole('button', { name: 'Shape…' }).click()
  await expect(workbench.figure('allocated')).toHaveText('64.80 GiB')
  await workbench.type('Heads', '30')
  await expect(workbench.error('model.architecture.heads')).toContainText('is not a multiple of the key/value heads (8)')
  await workbench.type('Heads', '32')
  await page.getByRole('button', { name: 'q_proj', exact: true }).click()
  await page.getByRole('button', { name: 'v_proj', exact: true }).click()
  await expect(workbench.error('method.targets')).toBeVisible()
  await page.getByRole('button', { name: 'all linear' }).click()
  await expect(workbench.staleMark).toBeHidden()
})

test('settings that do not suit each other are explained at one of them', async ({ workbench }) => {
  await workbench.choose('Autocast', 'Off')
  await workbench.choose('Weights', 'fp32')
  await expect(workbench.error('runtime.attention')).toContainText('attention needs 16-bit activations')
  await workbench.select('Attention', 'Eager')
  await expect(workbench.staleMark).toBeHidden()
})
