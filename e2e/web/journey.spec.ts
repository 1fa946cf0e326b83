import type { Locator, Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'

test.use({ library: 'own' })

/** Goes there as a user without a mouse does. */
async function tabTo (page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible()
  for (let i = 0; i < 250; i++) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`The keyboard does not reach ${String(target)}`)
}

async function find (page: Page, query: string, marked: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.type(query)
  await expect(page.getByRole('option', { selected: true })).toContainText(marked)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeHidden()
}

async function fillIn (page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field)
  await page.keyboard.press('Control+a')
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
}

test('from a plan that does not fit to one that does, saved, duplicated, compared, exported and opened again, by the keyboard alone', async ({ workbench, served, page }) => {
  test.slow()
  const card = workbench.device('RTX 4090')
  await tabTo(page, page.getByRole('switch', { name: 'This machine' }))
  await page.keyboard.press('Space')
  await expect(workbench.page.locator('.device')).toHaveCount(2)

  await find(page, 'qwen2.5 7b', 'Qwen2.5 7B')
  await fillIn(page, workbench.number('Sequence'), '4k')
  await fillIn(page, workbench.number('Micro-batch'), '2')
  await expect(card).toContainText('does not fit')

  await tabTo(page, page.getByRole('tab', { selected: true }).first())
  await page.keyboard.press('ArrowRight')
  const savings = page.locator('.savings')
  await expect(savings).toHaveAttribute('aria-busy', 'false')
  for (let i = 0; i < 8 && (await card.textContent())!.includes('does not fit'); i++) {
    const needed = await workbench.figure('total').textContent()
    await tabTo(page, savings.locator('.change-apply:enabled').first())
    await page.keyboard.press('Enter')
    await expect(workbench.figure('total')).not.toHaveText(needed!)
    await expect(savings).toHaveAttribute('aria-busy', 'false')
  }
  await expect(card).not.toContainText('does not fit')

  await page.keyboard.press('Control+Shift+s')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.type('Journey')
  await page.keyboard.press('Enter')
  await expect(workbench.title).toHaveText('Journey')
  await expect(workbench.saveState).toHaveText(/^Saved/)
  const fitting = await workbench.figure('total').textContent()

  await find(page, 'duplicate', 'Duplicate the scenario')
  await expect(workbench.title).not.toHaveText('Journey')
  const copy = (await workbench.title.textContent())!
  expect(copy).toContain('Journey')
  await fillIn(page, workbench.number('Micro-batch'), '1')
  await expect(workbench.saveState).toHaveText(/^Saved/)

  await find(page, 'compare the open', 'Compare the open plan')
  const picker = page.getByRole('combobox', { name: 'Add a scenario' })
  await tabTo(page, picker)
  await page.keyboard.type('Journey')
  const option = page.getByRole('option').filter({ has: page.getByText('Journey', { exact: true }) })
  await expect(option).toBeVisible()
  for (let i = 0; i < 5 && await option.getAttribute('data-highlighted') === null; i++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  await expect(page.locator('.column-name')).toHaveCount(2)

  await tabTo(page, page.getByRole('button', { name: 'Export' }))
  await page.keyboard.press('Enter')
  const download = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: 'Markdown file' }).press('Enter')
  expect((await download).suggestedFilename()).toMatch(/\.md$/)

  await served.restart()
  await workbench.open(served.url)
  // The newest change comes first among equals: the copy. The fitting plan is found by its whole name.
  await page.keyboard.press('Control+k')
  await page.keyboard.type('Journey')
  const saved = page.getByRole('option').filter({ has: page.getByText('Journey', { exact: true }) })
  await expect(saved).toBeVisible()
  for (let i = 0; i < 5 && await saved.getAttribute('aria-selected') !== 'true'; i++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(workbench.title).toHaveText('Journey')
  await expect(workbench.figure('total')).toHaveText(fitting!)
})
