import { readFileSync } from 'node:fs'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'
import { Compare } from '../pages/compare.ts'
import type { Workbench } from '../pages/workbench.ts'

test.use({ library: 'own' })

/** LoRA, the same with one sequence a batch, and full fine-tuning, saved under these names. */
async function saveThree (workbench: Workbench): Promise<void> {
  await workbench.judgeAgainstCatalog()
  await workbench.saveAs('Four at once')
  await expect(workbench.saveState).toHaveText(/^Saved/)
  await workbench.saveAs('One at once')
  await expect(workbench.title).toHaveText('One at once')
  await workbench.type('Micro-batch', '1')
  await expect(workbench.saveState).toHaveText(/^Saved/)
  await workbench.loadExample('LLaMA 7B full')
  await workbench.saveAs('All weights')
  await expect(workbench.title).toHaveText('All weights')
}

async function download (page: Page, run: () => Promise<void>): Promise<{ name: string, bytes: Buffer }> {
  const [file] = await Promise.all([page.waitForEvent('download'), run()])
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) }
}

test('scenarios side by side, measured against a pinned baseline, only differences on demand, after a reload too', async ({ workbench, page }) => {
  await saveThree(workbench)
  const compare = new Compare(page)
  await compare.open()
  await compare.expectColumns(['All weights'])
  await compare.add('Four at once', 'One at once')
  await compare.expectColumns(['All weights', 'Four at once', 'One at once'])
  await compare.choose('Four at once', 'Make it the baseline')
  await compare.expectColumns(['Four at once', 'All weights', 'One at once'])
  await expect(compare.cells('Micro-batch')).toHaveText(['4', /^\d+/, '1−3 (−75%)'])
  await expect(compare.cells('Total on the GPU').nth(0)).toHaveText(/^\d+\.\d\d GiB$/)
  await expect(compare.cells('Total on the GPU').nth(2)).toHaveText(/^\d+\.\d\d GiB−\d+\.\d\d GiB \(−\d+%\)$/)
  await expect(compare.cells('Rank').nth(1)).toHaveText('—')

  await expect(compare.cells('CUDA context')).toHaveCount(3)
  await page.getByRole('switch', { name: 'Differences only' }).click()
  await expect(compare.cells('CUDA context')).toHaveCount(0)
  await page.getByRole('button', { name: 'Peak by phase' }).click()
  await expect(compare.cells('Backward')).toHaveCount(0)

  const card = page.getByRole('combobox', { name: 'Card that the comparison is about' })
  await card.click()
  await page.getByRole('option', { name: /RTX 4090/ }).click()
  await expect(compare.cells('Margin').nth(1)).toHaveText(/^-\d+\.\d\d GiB/)
  await expect(compare.cells('Verdict'), 'none fits: no difference').toHaveCount(0)
  await expect(page.getByRole('region', { name: 'Memory of the scenarios' }).locator('canvas')).toBeVisible()

  await page.reload()
  await compare.expectColumns(['Four at once', 'All weights', 'One at once'])
  await expect(page.getByRole('switch', { name: 'Differences only' })).toBeChecked()
  await expect(page.getByRole('button', { name: 'Peak by phase' })).toHaveAttribute('aria-expanded', 'false')
})

test('a copy is changed in the plan view, stays live, and becomes a scenario when it is saved', async ({ workbench, page }) => {
  await saveThree(workbench)
  const compare = new Compare(page)
  await compare.open()
  await compare.add('Four at once')
  await compare.choose('Four at once', 'Change a copy')
  await expect(workbench.title).toHaveText('What-if: Four at once')
  await workbench.type('Micro-batch', '2')
  await compare.open()
  await compare.expectColumns(['All weights', 'Four at once', 'What-if: Four at once'])
  await expect(compare.head('What-if: Four at once')).toContainText('Live')
  await expect(compare.cells('Micro-batch').nth(1)).toHaveText(/^4/)
  await expect(compare.cells('Micro-batch').nth(2)).toHaveText(/^2/)

  await workbench.saveAs('Two at once')
  await compare.expectColumns(['All weights', 'Four at once', 'Two at once'])
  await expect(compare.head('Two at once')).not.toContainText('What-if')
})

test('a deleted scenario is said, and comes back', async ({ workbench, page }) => {
  await saveThree(workbench)
  const compare = new Compare(page)
  await compare.open()
  await compare.add('One at once')
  const id = await compare.head('One at once').getAttribute('data-column')
  await page.evaluate((own) => fetch(new URL('rpc/scenario.delete', document.baseURI), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ id: own }) }), id)
  await expect(compare.head('One at once')).toContainText('Deleted from the library.')
  await page.reload()
  await expect(compare.head('One at once')).toContainText('Deleted from the library.')
  await compare.head('One at once').getByRole('button', { name: 'Restore' }).click()
  await expect(compare.head('One at once')).not.toContainText('Deleted')
  await expect(compare.cells('Total on the GPU').last()).toHaveText(/GiB/)
})

test('keyboard only: add, move, baseline, remove, export', async ({ workbench, page }) => {
  await saveThree(workbench)
  const compare = new Compare(page)
  await page.keyboard.press('Control+2')
  await expect(compare.picker).toBeVisible()
  await compare.picker.focus()
  for (const name of ['Four at once', 'One at once']) {
    await page.keyboard.type(name)
    await expect(page.getByRole('option')).toHaveCount(1)
    await expect(page.getByRole('option', { name })).toHaveAttribute('data-highlighted', '')
    await page.keyboard.press('Enter')
    await compare.picker.fill('')
  }
  await page.keyboard.press('Escape')
  await compare.expectColumns(['All weights', 'Four at once', 'One at once'])

  await compare.menu('One at once').focus()
  await page.keyboard.press('Alt+ArrowLeft')
  await compare.expectColumns(['All weights', 'One at once', 'Four at once'])
  await expect(compare.menu('One at once')).toBeFocused()
  await page.keyboard.press('Enter')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await compare.expectColumns(['One at once', 'All weights', 'Four at once'])
  await expect(compare.menu('One at once')).toBeFocused()
  await compare.menu('Four at once').focus()
  await page.keyboard.press('Delete')
  await compare.expectColumns(['One at once', 'All weights'])
  await expect(compare.menu('All weights')).toBeFocused()

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Export' }).focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status').filter({ hasText: 'The comparison is on the clipboard.' })).toBeVisible()
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  expect(copied).toContain('|  | One at once (baseline) | All weights |')
})

test('files say what the table says', async ({ workbench, page }) => {
  await saveThree(workbench)
  const compare = new Compare(page)
  await compare.open()
  await compare.add('Four at once')
  await expect(page.getByRole('region', { name: 'Scenarios side by side' })).toHaveAttribute('aria-busy', 'false')
  const total = await compare.cells('Total on the GPU').nth(1).locator('.compare-value').textContent()
  const markdown = await download(page, () => compare.export('Markdown file'))
  expect(markdown.bytes.toString()).toContain(`| ${total}, `)
  const csv = await download(page, () => compare.export('CSV file'))
  expect(csv.bytes.toString()).toMatch(/memory\.total,Total on the GPU,bytes,\d+,\d+/)
  const html = await download(page, () => compare.export('HTML report'))
  expect(html.bytes.toString()).toContain(total!)
  expect(html.bytes.toString()).not.toMatch(/<script|https?:/)
  const svg = await download(page, () => compare.export('Chart as SVG'))
  expect(svg.bytes.toString()).toContain('Four at once')
  const png = await download(page, () => compare.export('Chart as PNG'))
  expect(png.bytes.subarray(1, 4).toString()).toBe('PNG')
  expect(png.name).toMatch(/^Headroom-Compare-.*\.png$/)
})

test('labels and baseline stay in sight while many columns of unlike algorithms scroll', async ({ workbench, page }) => {
  await page.setViewportSize({ width: 1024, height: 700 })
  await saveThree(workbench)
  const compare = new Compare(page)
  await compare.open()
  await compare.add('Four at once', 'One at once')
  for (let i = 0; i < 3; i++) {
    await compare.choose('Four at once', 'Change a copy')
    await expect(workbench.title).toHaveText(/^What-if: Four at once/)
    await compare.open()
  }
  const frame = page.getByRole('region', { name: 'Scenarios side by side' })
  const label = compare.table.getByRole('rowheader', { name: 'Margin', exact: true })
  const before = await label.boundingBox()
  await frame.evaluate((element) => { element.scrollLeft = 10_000 })
  await expect(compare.heads.last()).toBeInViewport({ ratio: 0.9 })
  expect((await label.boundingBox())!.x).toBe(before!.x)
  await expect(compare.heads.first()).toBeInViewport({ ratio: 0.9 })
  await frame.evaluate((element) => { element.scrollTop = 10_000 })
  await expect(compare.heads.first()).toBeInViewport({ ratio: 0.9 })
  expect(await page.evaluate(() => document.querySelector('.compare')!.scrollWidth <= document.querySelector('.compare')!.clientWidth)).toBe(true)
})

test('with nothing in it, it says what to do', async ({ workbench, page }) => {
  const compare = new Compare(page)
  await compare.open()
  await compare.expectColumns(['Open plan'])
  await expect(page.getByText('Add scenarios above to see them beside this one')).toBeVisible()
  await compare.picker.click()
  await expect(page.getByText('Nothing is saved yet.')).toBeVisible()
  await page.keyboard.press('Escape')
  await compare.choose('Open plan', 'Remove from the comparison')
  await expect(page.getByRole('heading', { name: 'Nothing to compare yet' })).toBeVisible()
  await expect(compare.picker).toBeFocused()
  await page.getByRole('button', { name: 'Add the open plan' }).click()
  await compare.expectColumns(['Open plan'])
  await expect(workbench.title).toHaveText('Example: Llama 3.1 8B LoRA')
})

for (const language of ['EN', '中文']) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`accessible in ${language}, ${scheme}`, async ({ workbench, page }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await saveThree(workbench)
      const compare = new Compare(page)
      await compare.open()
      await compare.add('Four at once', 'One at once')
      await workbench.choose('Language', language)
      const problems = async () => (await new AxeBuilder({ page }).analyze()).violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
      await expect(page.locator('.compare-figure canvas')).toBeVisible()
      expect(await problems()).toEqual([])
      for (const look of await page.locator('.compare-figure .segment').all()) await look.click()
      await page.getByRole('switch').click()
      expect(await problems()).toEqual([])
    })
  }
}
