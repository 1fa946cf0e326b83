import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'

/** Of the whole page, or of the part of it that changed. */
async function accessibilityProblems (page: Page, part?: string): Promise<string[]> {
  const builder = new AxeBuilder({ page })
  const { violations } = await (part ? builder.include(part).disableRules(['region']) : builder).analyze()
  return violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)}`))
}

test('the language switches at once and is remembered', async ({ workbench, page, served }) => {
  await workbench.choose('Language', '中文')
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans')
  await expect(page.getByRole('spinbutton', { name: '序列长度' })).toBeVisible()
  await expect(page.getByRole('button', { name: '保存' })).toBeVisible()
  await page.getByRole('spinbutton', { name: '微批大小' }).fill('0')
  await expect(workbench.error('data.microBatch')).toHaveText('为 0；允许的最小值是 1。')
  await workbench.open(served.url)
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans')
})

test('the theme follows the system until it is chosen, and is remembered', async ({ workbench, page, served }) => {
  const html = page.locator('html')
  await page.emulateMedia({ colorScheme: 'dark' })
  await expect(html).toHaveAttribute('data-theme', 'dark')
  await page.emulateMedia({ colorScheme: 'light' })
  await expect(html).toHaveAttribute('data-theme', 'light')
  await workbench.choose('Theme', 'Dark')
  await expect(html).toHaveAttribute('data-theme', 'dark')
  await workbench.open(served.url)
  await expect(html).toHaveAttribute('data-theme', 'dark')
})

for (const language of ['EN', '中文']) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`accessible in ${language}, ${scheme}`, async ({ workbench, page }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await workbench.choose('Language', language)
      for (const fold of await page.locator('.fold').all()) await fold.click()
      await page.locator('.profile').getByRole('combobox').click()
      await page.getByRole('option').nth(5).click()
      await expect(page.locator('.profile-report')).toBeVisible()
      await page.locator('.host-toggle').click()
      await page.locator('.part-name').first().click()
      expect(await accessibilityProblems(page)).toEqual([])
      await page.locator('[data-path="model"]').getByRole('combobox').fill('kimi k3')
      await page.keyboard.press('ArrowDown')
      await expect(page.locator('.menu-note')).toBeVisible()
      expect(await accessibilityProblems(page, '.combobox-menu')).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByRole('tab').nth(1).click()
      await expect(page.locator('.savings')).toHaveAttribute('aria-busy', 'false')
      expect(await accessibilityProblems(page, '.answer')).toEqual([])
      await page.getByRole('tab').nth(2).click()
      await expect(page.locator('.phase-chart canvas')).toBeVisible()
      expect(await accessibilityProblems(page, '.answer')).toEqual([])
      await page.getByRole('tab').nth(3).click()
      await page.locator('[data-path="data.microBatch"] input').fill('0')
      await expect(workbench.staleMark).toBeVisible()
      expect(await accessibilityProblems(page)).toEqual([])
      await page.keyboard.press('Control+o')
      await expect(page.getByRole('searchbox')).toBeFocused()
      expect(await accessibilityProblems(page)).toEqual([])
    })
  }
}

for (const [width, height] of [[1024, 700], [1280, 800], [1920, 1080], [3840, 2160]] as const) {
  test(`nothing is cut off at ${width} × ${height}`, async ({ workbench, page }) => {
    await page.setViewportSize({ width, height })
    for (const language of ['中文', 'EN']) {
      await page.getByRole('radio', { name: language, exact: true }).click()
      // The field with the longest path: its help must not widen the form.
      await page.locator('[data-path="data.gradientAccumulation"] input').focus()
      await expect(workbench.figure('total')).toBeVisible()
      const cut = await page.evaluate(() => [...document.querySelectorAll('body, .topbar, .examples, .plan, .plan-scroll, .answer, .figures, .host, .tab-line, .target-controls, .table-scroll, .segments, .chips, .field-label')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map((element) => `${element.className || element.tagName}: ${element.scrollWidth} > ${element.clientWidth}`))
      expect(cut).toEqual([])
    }
  })
}
