import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'
import { root } from '../tools/repository.ts'

const VIEWS = ['plan', 'compare', 'explore', 'hardware', 'library'] as const
const messages = path.join(root, 'renderer/src/i18n')

function keysOf (tree: object, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) => typeof value === 'string' ? [`${prefix}${key}`] : keysOf(value as object, `${prefix}${key}.`))
}
const keys = new Set(readdirSync(messages).filter((file) => file.endsWith('en.json')).flatMap((file) => keysOf(JSON.parse(readFileSync(path.join(messages, file), 'utf8')) as object)))

/** Of the whole page, or of a part that opens over it and stands in no landmark. */
async function accessibilityProblems (page: Page, part?: string): Promise<string[]> {
  const builder = new AxeBuilder({ page })
  const { violations } = await (part ? builder.include(part).disableRules(['region']) : builder).analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
}

/** What is read on the page, by eye or by ear. */
const wordsOf = (page: Page): Promise<string[]> => page.evaluate(() => {
  const words: string[] = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement!
    // Names stay as they are written: code, keys, and the modules of the breakdown.
    if (element.closest('code, kbd, script, .part-module') === null) words.push(walker.currentNode.textContent!.trim())
  }
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
    for (const name of ['aria-label', 'title', 'placeholder']) words.push(element.getAttribute(name)?.trim() ?? '')
  }
  return words.filter((text) => text !== '')
})

async function show (page: Page, view: string): Promise<void> {
  await page.evaluate((name) => { location.hash = `#/${name}` }, view)
  await expect(page.locator('.rail-item[aria-current="page"]')).toHaveAttribute('href', `#/${view}`)
  await expect(page.locator('main')).toBeVisible()
  await expect(page.locator('main [aria-busy="true"]')).toHaveCount(0, { timeout: 60_000 })
}

for (const language of ['EN', '中文']) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`every view is accessible in ${language}, ${scheme}, and says everything in that language`, async ({ workbench, page }) => {
      test.slow()
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await workbench.choose('Language', language)
      await page.keyboard.press('Control+Shift+s')
      await page.getByRole('dialog').getByRole('textbox').fill(`一 ${language} ${scheme}`)
      await page.keyboard.press('Enter')
      await expect(page.getByRole('dialog')).toBeHidden()
      for (const view of VIEWS) {
        await show(page, view)
        expect(await accessibilityProblems(page), view).toEqual([])
        const words = await wordsOf(page)
        expect(words.filter((text) => keys.has(text)), view).toEqual([])
        // Three plain English words in a row are a sentence that was not translated.
        if (language === '中文') expect(words.filter((text) => /\b[a-z]{3,} [a-z]{3,} [a-z]{3,}\b/.test(text) && !/[一-鿿]/.test(text)), view).toEqual([])
      }
      await page.keyboard.press('Control+k')
      await expect(page.getByRole('option').first()).toBeVisible()
      expect(await accessibilityProblems(page)).toEqual([])
      await page.keyboard.press('Escape')
      await expect(page.getByRole('dialog')).toBeHidden()
      await page.locator('.rail-item').first().focus()
      await page.keyboard.press('?')
      await expect(page.getByRole('dialog')).toBeVisible()
      expect(await accessibilityProblems(page)).toEqual([])
      await page.keyboard.press('Escape')
      await page.locator('.topbar [aria-haspopup="menu"]').last().press('Enter')
      await expect(page.getByRole('menu')).toBeVisible()
      expect(await accessibilityProblems(page, '.main-menu')).toEqual([])
    })
  }
}
