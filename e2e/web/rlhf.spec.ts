import { expect, test } from '../fixtures.ts'

test.beforeEach(async ({ workbench }) => {
  await workbench.judgeAgainstCatalog()
})

test('an algorithm brings its sections along, and what was set for it is there when it comes back', async ({ workbench, page }) => {
  const section = (name: string) => page.locator(`[data-section="${name}"]`)
  await expect(section('rollout')).toHaveCount(0)
  await workbench.select('Algorithm', 'GRPO, DAPO, GSPO')
  await expect(section('rollout')).toBeVisible()
  await expect(page.locator('[data-role="rollout"].role-card')).toBeVisible()
  await workbench.type('Completion', '1k')
  await workbench.select('Algorithm', 'DPO')
  await expect(section('rollout')).toHaveCount(0)
  await expect(section('preference')).toBeVisible()
  await workbench.select('Algorithm', 'GRPO, DAPO, GSPO')
  await expect(workbench.number('Completion')).toHaveValue('1,024')
  await workbench.select('Algorithm', 'SFT: next tokens of given texts')
  await expect(page.locator('.role-card')).toHaveCount(0)
  await expect(workbench.figure('allocated')).toHaveText('64.80 GiB')
})

test('completions that groups do not divide are mended by a click', async ({ workbench }) => {
  await workbench.loadExample('Qwen2.5 7B GRPO + vLLM')
  await workbench.type('Group', '3')
  const error = workbench.error('reinforcement.generationBatch')
  await expect(error).toContainText('which groups of 3 completions do not divide')
  await workbench.field('reinforcement.generationBatch').getByRole('button', { name: 'Use 36' }).click()
  await expect(error).toHaveCount(0)
  await expect(workbench.staleMark).toHaveCount(0)
})

test('a share that leaves no room for the cache is refused, and the smallest that does applied', async ({ workbench, page }) => {
  await workbench.loadExample('Qwen2.5 7B GRPO + vLLM')
  await workbench.type('Rollout engine: GPU share', '0.1')
  const refusal = page.locator('[data-refusal]').last()
  await expect(refusal).toContainText('no room for the cache')
  const before = await page.locator('[data-refusal]').count()
  await refusal.getByRole('button', { name: 'Apply' }).click()
  await expect(page.locator('[data-refusal]')).not.toHaveCount(before)
  await expect(workbench.number('Rollout engine: GPU share')).not.toHaveValue('0.1')
})

test('the timeline has the engine beside the trainer, by phase, and each phase can be broken down', async ({ workbench, page }) => {
  await workbench.loadExample('Qwen2.5 7B GRPO + vLLM')
  await workbench.showPhases()
  const table = page.locator('.phases')
  await expect(table.getByRole('columnheader', { name: 'Engine' })).toBeVisible()
  await expect(table.getByRole('row', { name: /^Rollout decides/ })).toBeVisible()
  await expect(page.locator('[data-engine="fitting"]')).toContainText('of 32 asked for')
  await table.getByRole('button', { name: 'Backward' }).click()
  await expect(page.getByRole('combobox', { name: 'Peak of' })).toContainText('Step 2 · Backward')
})

test('a reward model of its own costs its weights, and a function none', async ({ workbench, page }) => {
  await workbench.loadExample('LLaMA 7B PPO')
  const card = page.getByRole('region', { name: 'Reward', exact: true })
  await expect(card.locator('.role-memory')).toHaveText('12.3 GiB at the peak')
  await card.getByRole('radiogroup', { name: 'Reward: Kind' }).getByRole('radio', { name: 'Function' }).click()
  await expect(card.locator('.role-memory')).toHaveText('nothing on the GPU')
  await page.getByRole('button', { name: 'Undo' }).first().click()
  await expect(card.locator('.role-memory')).toHaveText('12.3 GiB at the peak')
})
