import { expect, test } from '../fixtures.ts'

test('a framework sets its defaults in one step, says what it set and from where, and is undone in one', async ({ workbench, page }) => {
  const framework = page.getByRole('combobox', { name: 'Framework', exact: true })
  await framework.click()
  await page.getByRole('option', { name: /^TRL SFTTrainer/ }).click()
  await expect(framework).toHaveText(/TRL SFTTrainer/)
  const report = page.locator('.profile-report')
  await expect(report.getByRole('listitem').filter({ hasText: 'Loss' })).toContainText('HF ≥ 4.49 → TRL chunked')
  await expect(report.getByRole('listitem').filter({ hasText: 'Weights' })).toContainText('trainer/utils.py create_model_from_path')
  await expect(page.getByRole('combobox', { name: 'Loss', exact: true })).toHaveText('TRL chunked')
  await report.getByRole('button', { name: 'Undo' }).click()
  await expect(report).toHaveCount(0)
  await expect(page.getByRole('combobox', { name: 'Loss', exact: true })).toHaveText('HF ≥ 4.49')
  await expect(workbench.figure('allocated')).toHaveText('64.80 GiB')
  await page.keyboard.press('Control+Shift+z')
  await expect(report).toBeVisible()
})
