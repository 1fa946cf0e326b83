import type { Locator, Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'

const palette = (page: Page): Locator => page.getByRole('dialog', { name: /^(Search everything|搜索全部)$/ })

/** Opens the palette with its keys, types, and takes what is marked once it is what is meant. */
async function find (page: Page, query: string, marked: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: /^(Search everything|搜索全部)$/ }).fill(query)
  await expect(palette(page).getByRole('option', { selected: true })).toContainText(marked)
  await page.keyboard.press('Enter')
  await expect(palette(page)).toBeHidden()
}

test.describe('the palette', () => {
  test.use({ library: 'own' })

  test('opens views, sets theme and language, applies models and examples', async ({ workbench, page }) => {
    await find(page, 'hardw', 'Hardware')
    await expect(page).toHaveURL(/#\/hardware/)
    await find(page, 'qwen2.5 14b', 'Qwen2.5 14B')
    await expect(page).toHaveURL(/#\/plan/)
    await expect(page.getByRole('combobox', { name: 'Model', exact: true })).toHaveValue('Qwen2.5 14B')
    await find(page, 'llama 7b full', 'LLaMA 7B full')
    await expect(workbench.title).toHaveText('Example: LLaMA 7B full')
    await find(page, 'dark', 'Theme: dark')
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
    await find(page, '中文', 'Language: 中文')
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans')
    await find(page, 'english', '语言：English')
    await expect(page.locator('html')).toHaveAttribute('lang', 'en')
  })

  test('finds saved scenarios, and framework defaults that it applies in one step', async ({ workbench, page }) => {
    await workbench.saveAs('Night run 法律')
    await expect(workbench.title).toHaveText('Night run 法律')
    await workbench.loadExample('LLaMA 7B full')
    await find(page, 'night', 'Night run 法律')
    await expect(workbench.title).toHaveText('Night run 法律')
    await find(page, 'torchtune', 'torchtune')
    await expect(page.getByRole('button', { name: /^Undo: .* and \d+ more$/ }).first()).toBeVisible()
    await page.keyboard.press('Control+z')
    await expect(workbench.figure('allocated')).toHaveText('64.80 GiB')
  })

  test('moves by the keyboard, says when nothing matches, and gives the focus back', async ({ workbench, page }) => {
    await workbench.number('Rank').focus()
    await page.keyboard.press('Control+k')
    const options = palette(page).getByRole('option')
    await expect(options.first()).toHaveAttribute('aria-selected', 'true')
    await page.keyboard.press('ArrowDown')
    await expect(options.nth(1)).toHaveAttribute('aria-selected', 'true')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await expect(options.last()).toHaveAttribute('aria-selected', 'true')
    await page.keyboard.type('qqqxyz')
    await expect(palette(page)).toContainText('Nothing matches “qqqxyz”.')
    await page.keyboard.press('Escape')
    await expect(palette(page)).toBeHidden()
    await expect(workbench.number('Rank')).toBeFocused()
  })
})

test('undo and redo by the keyboard and by named buttons that keep the focus', async ({ workbench, page }) => {
  await workbench.type('Micro-batch', '8')
  const undo = page.getByRole('banner').getByRole('button', { name: /^Undo/ })
  const redo = page.getByRole('banner').getByRole('button', { name: /^Redo/ })
  await expect(undo).toHaveAccessibleName('Undo: Micro-batch: 8')
  await workbench.choose('Method', 'Full')
  await workbench.type('Keep free', '10')
  await expect(undo).toHaveAccessibleName('Undo: memory to keep free')
  for (let i = 0; i < 3; i++) await page.keyboard.press('Control+z')
  await expect(workbench.number('Micro-batch')).toHaveValue('4')
  await expect(workbench.number('Rank')).toHaveValue('8')
  await expect(undo).toBeDisabled()
  await page.keyboard.press('Control+y')
  await expect(workbench.number('Micro-batch')).toHaveValue('8')
  await undo.focus()
  await page.keyboard.press('Enter')
  await expect(workbench.number('Micro-batch')).toHaveValue('4')
  await expect(undo).toBeFocused()
  await expect(redo).toHaveAccessibleName('Redo: Micro-batch: 8')
})

test('text has an undo of its own: the plan behind it stays', async ({ workbench, page }) => {
  await workbench.type('Micro-batch', '8')
  await page.keyboard.press('Control+Shift+s')
  await page.getByRole('textbox', { name: 'Name' }).fill('typed')
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(workbench.number('Micro-batch')).toHaveValue('8')
})

test('the keys of every command are listed under ?, but a ? that is typed is a letter', async ({ workbench, page }) => {
  await workbench.number('Rank').focus()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toBeHidden()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Menu', exact: true }).focus()
  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await expect(sheet).toContainText('Search everything…')
  await expect(sheet.locator('dl > div').filter({ hasText: /^Redo/ })).toHaveText('RedoCtrlShiftZCtrlY')
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
})

test('the menu does what the keys do', async ({ workbench, page }) => {
  await workbench.type('Micro-batch', '8')
  await page.getByRole('button', { name: 'Menu', exact: true }).press('Enter')
  for (const key of ['ArrowDown', 'ArrowRight']) await page.keyboard.press(key)
  await page.getByRole('menuitem', { name: 'Undo: Micro-batch: 8' }).press('Enter')
  await expect(workbench.number('Micro-batch')).toHaveValue('4')
  await page.getByRole('button', { name: 'Menu', exact: true }).press('Enter')
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key)
  await page.getByRole('menuitemcheckbox', { name: 'Theme: dark' }).press('Enter')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
})

test('the introduction is there on the first start, beside a plan that is answered, until it is dismissed', async ({ workbench, page, served }) => {
  const welcome = page.getByRole('region', { name: 'Will it fit?' })
  await expect(welcome).toContainText('Ctrl+K')
  await expect(workbench.figure('allocated')).toHaveText('64.80 GiB')
  await welcome.getByRole('button', { name: 'Got it' }).click()
  await expect(welcome).toBeHidden()
  await workbench.open(served.url)
  await expect(welcome).toBeHidden()
  await find(page, 'introd', 'Introduction')
  await expect(welcome).toBeVisible()
})

test('an address that leads nowhere shows the plan', async ({ workbench, page }) => {
  await page.evaluate(() => { location.hash = '#/no-such-view' })
  await expect(page).toHaveURL(/#\/plan$/)
  await expect(workbench.figure('total')).toBeVisible()
})

test.describe('a host that goes', () => {
  test.use({ library: 'own' })

  test('is told of at once, and the plan can still be changed', async ({ workbench, served, page }) => {
    await served.stop()
    const banner = page.getByRole('alert').filter({ hasText: 'Headroom does not answer' })
    await expect(banner).toBeVisible()
    await workbench.type('Micro-batch', '8')
    await expect(workbench.staleMark).toBeHidden()
    await banner.getByRole('button', { name: 'Try again' }).click()
    await expect(banner.getByRole('button', { name: 'Try again' })).toBeVisible()
    await expect(workbench.number('Micro-batch')).toHaveValue('8')
  })

  test('and comes back is heard again without a reload', async ({ workbench, page }) => {
    let away = true
    await page.route('**/rpc/**', (route) => away ? route.abort('connectionrefused') : route.continue())
    await page.keyboard.press('Control+Shift+s')
    await page.getByRole('textbox', { name: 'Name' }).fill('Later')
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
    await expect(page.getByRole('dialog').getByRole('alert')).toContainText('does not answer')
    await page.keyboard.press('Escape')
    const banner = page.getByRole('alert').filter({ hasText: 'Headroom does not answer' })
    await expect(banner).toBeVisible()
    away = false
    await banner.getByRole('button', { name: 'Try again' }).click()
    await expect(banner).toBeHidden()
    await workbench.saveAs('Later')
    await expect(workbench.title).toHaveText('Later')
  })
})

test('a view that cannot be loaded says so, and goes on once it can', async ({ page, served }) => {
  await page.route(/HardwareView-.*\.js/, (route) => route.abort())
  await page.goto(served.url)
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Hardware' }).click()
  const broken = page.getByRole('alert').filter({ hasText: 'This view stopped' })
  await expect(broken).toContainText('HardwareView')
  await expect(page.getByRole('button', { name: 'Copy the details' })).toBeVisible()
  await page.unrouteAll()
  await page.getByRole('link', { name: 'Plan' }).click()
  await expect(page.locator('[data-figure="total"]')).toBeVisible()
  await page.getByRole('link', { name: 'Hardware' }).click()
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(page.getByRole('navigation', { name: 'Machines' })).toBeVisible()
})
