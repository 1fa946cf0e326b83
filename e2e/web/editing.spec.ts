import { expect, test } from '../fixtures.ts'

test('numbers take units, arithmetic and keys', async ({ workbench, page }) => {
  await workbench.type('Sequence', '8k')
  await expect(workbench.number('Sequence')).toHaveAttribute('aria-valuenow', '8192')
  await workbench.type('Micro-batch', '2*3')
  await expect(workbench.number('Micro-batch')).toHaveAttribute('aria-valuenow', '6')
  const rank = workbench.number('Rank')
  await rank.focus()
  await page.keyboard.press('ArrowUp')
  await expect(rank).toHaveValue('16')
  await page.keyboard.press('PageUp')
  await expect(rank).toHaveValue('64')
  await page.keyboard.press('ArrowDown')
  await expect(rank).toHaveValue('32')
  await page.keyboard.press('Home')
  await expect(rank).toHaveValue('1')
  await page.keyboard.press('End')
  await expect(rank).toHaveValue('256')
})

test('Escape takes back what is being typed', async ({ workbench, page }) => {
  const batch = workbench.number('Micro-batch')
  await batch.fill('64')
  await expect(batch).toHaveAttribute('aria-valuenow', '64')
  await page.keyboard.press('Escape')
  await expect(batch).toHaveAttribute('aria-valuenow', '4')
  await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled()
})

test('a drag is one step of undo', async ({ workbench, page }) => {
  const slider = workbench.field('data.microBatch').locator('.slider')
  const box = (await slider.boundingBox())!
  await page.mouse.move(box.x + box.width / 3, box.y + box.height / 2)
  await page.mouse.down()
  for (const share of [0.5, 0.66, 0.84, 1.05]) await page.mouse.move(box.x + box.width * share - 1, box.y + box.height / 2)
  await page.mouse.up()
  await expect(workbench.number('Micro-batch')).toHaveValue('64')
  await page.keyboard.press('Control+z')
  await expect(workbench.number('Micro-batch')).toHaveValue('4')
  await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled()
  await page.keyboard.press('Control+Shift+z')
  await expect(workbench.number('Micro-batch')).toHaveValue('64')
})

test('looking at another method costs nothing', async ({ workbench }) => {
  await workbench.type('Rank', '32')
  await workbench.choose('Method', 'Full')
  await expect(workbench.number('Rank')).toBeHidden()
  await workbench.choose('Method', 'LoRA')
  await expect(workbench.number('Rank')).toHaveValue('32')
})

test('cards are added, removed, and the reserve moves the verdict', async ({ workbench, page }) => {
  await workbench.judgeAgainstCatalog()
  await workbench.addGpu('h200', 'NVIDIA H200')
  await expect(workbench.sentence).toHaveText(/^Fits on NVIDIA H200 with/)
  await page.getByRole('button', { name: 'Remove NVIDIA H200' }).click()
  await expect(workbench.sentence).toHaveText(/^Tight on NVIDIA A100-SXM4-80GB/)
  await workbench.type('Keep free', '0')
  await expect(workbench.sentence).toHaveText(/^Fits on NVIDIA A100-SXM4-80GB/)
})

test('a segment of the bar tells its category, amount and share, and pins it in the table', async ({ workbench, page }) => {
  await workbench.judgeAgainstCatalog()
  const segment = workbench.device('A100-SXM4-80GB').getByRole('button', { name: /^Logits and loss: 11\.74 GiB/ })
  await segment.focus()
  await expect(page.getByRole('tooltip')).toContainText('11.74 GiB')
  await page.keyboard.press('Enter')
  await expect(page.locator('tbody[data-pinned]')).toContainText('Logits and loss')
})

test('everything can be reached and done from the keyboard', async ({ workbench, page }) => {
  const reached = new Set<string>()
  await page.locator('body').focus()
  for (let i = 0; i < 140; i++) {
    await page.keyboard.press('Tab')
    reached.add(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim() ?? ''))
  }
  for (const name of ['Save', 'Library', 'Model', 'Rank', 'Sequence', 'Micro-batch', 'Checkpointing', 'Add a GPU or a machine', 'Keep free', 'Breakdown at the peak']) {
    expect([...reached], name).toContain(name)
  }
  await workbench.number('Micro-batch').focus()
  await page.keyboard.press('ArrowDown')
  await expect(workbench.number('Micro-batch')).toHaveValue('2')
})

test('rare settings are reached under “more”, and go when they no longer apply', async ({ workbench, page }) => {
  await page.getByRole('button', { name: 'More settings: Method' }).click()
  await workbench.select('Add a module: Rank pattern', 'v_proj')
  await workbench.type('Rank pattern v_proj', '32')
  await expect(workbench.figure('parameters').locator('xpath=following-sibling::*')).toContainText('7.3M')
  await page.getByRole('button', { name: 'Remove v_proj' }).click()
  await expect(workbench.figure('parameters').locator('xpath=following-sibling::*')).toContainText('3.4M')
  await workbench.select('Other methods', 'Prefix tuning')
  await page.getByRole('switch', { name: 'Projection: set' }).click()
  await expect(workbench.number('Projection')).toHaveValue('512')
  await workbench.choose('Method', 'LoRA')
  await workbench.select('Checkpointing', 'Non-reentrant')
  await page.getByRole('button', { name: 'More settings: Runtime' }).click()
  await workbench.type('Every n-th block', '4')
  await workbench.select('Checkpointing', 'Off')
  await expect(workbench.number('Every n-th block')).toHaveCount(0)
  await expect(workbench.figure('allocated')).toHaveText('64.80 GiB')
  await expect(page.locator('.field-error')).toHaveCount(0)
})
