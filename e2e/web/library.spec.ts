import { readFileSync } from 'node:fs'
import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '../fixtures.ts'

test.use({ library: 'own' })

test('found by its name, its notes and its tags, in Chinese too; starred, filtered, after a restart', async ({ workbench, served, page }) => {
  const { library } = workbench
  await workbench.judgeAgainstCatalog()
  await workbench.saveAs('长上下文微调')
  await expect(workbench.title).toHaveText('长上下文微调')
  await workbench.loadExample('Qwen2.5 7B QLoRA')
  await workbench.saveAs('Customer support')
  await expect(workbench.title).toHaveText('Customer support')
  await library.open()
  await expect(library.rows).toHaveCount(2)
  await expect(library.scenario('Customer support').locator('.outcome')).toHaveText('Fits')
  await expect(library.scenario('长上下文微调').locator('.scenario-need')).toHaveText(/^\d+\.\d GiB$/)

  await library.choose('Customer support')
  await library.tag('生产')
  await library.details.getByRole('textbox', { name: 'Notes' }).fill('Spikes after 300 steps')
  await expect(library.details.getByText('Saved', { exact: true })).toBeVisible()
  for (const words of ['support', '生产', 'spikes steps', 'qlora']) {
    await library.search.fill(words)
    await expect(library.rows).toHaveCount(1)
    await expect(library.scenario('Customer support')).toBeVisible()
  }
  await library.search.fill('上下文')
  await expect(library.scenario('长上下文微调')).toBeVisible()
  await expect(library.rows).toHaveCount(1)
  await library.search.fill('nothing like it')
  await expect(page.getByText('No scenario matches.')).toBeVisible()
  await page.getByRole('button', { name: 'Clear filters' }).first().click()
  await expect(library.rows).toHaveCount(2)

  await library.filters.getByRole('button', { name: '生产' }).click()
  await expect(library.rows).toHaveCount(1)
  await library.filters.getByRole('button', { name: '生产' }).click()
  await library.scenario('长上下文微调').getByRole('button', { name: 'Add 长上下文微调 to the favourites' }).click()
  await library.place('Favourites')
  await expect(library.rows).toHaveCount(1)
  await expect(library.scenario('长上下文微调')).toBeVisible()

  await served.restart()
  await workbench.open(served.url)
  await library.open()
  await library.place('Favourites')
  await expect(library.scenario('长上下文微调')).toBeVisible()
  await library.openScenario('长上下文微调')
})

test('the trash: by the keyboard there, back, and away for good', async ({ workbench, page }) => {
  const { library } = workbench
  for (const name of ['A', 'B', 'C']) {
    await workbench.saveAs(name)
    await expect(workbench.title).toHaveText(name)
  }
  await library.open()
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click()
  await expect.poll(() => library.names()).toEqual(['A', 'B', 'C'])
  await library.search.press('ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await expect(page.getByText('2 selected')).toBeVisible()
  await page.keyboard.press('Delete')
  await expect(library.rows).toHaveCount(1)
  await library.place('Trash')
  await expect(library.rows).toHaveCount(2)
  await library.scenario('A').locator('.scenario-title').click()
  await library.details.getByRole('button', { name: 'Restore' }).click()
  await expect(library.rows).toHaveCount(1)
  await page.getByRole('button', { name: 'Empty the trash…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click()
  await expect(page.getByText('The trash is empty.')).toBeVisible()
  await library.place('All scenarios')
  await expect.poll(() => library.names()).toEqual(['A', 'C'])
})

test('versions tell what changed, and an earlier one comes back', async ({ workbench, page }) => {
  const { library } = workbench
  await workbench.saveAs('Tuned')
  await workbench.type('Micro-batch', '16')
  await page.keyboard.press('Control+s')
  await expect(workbench.saveState).toHaveText(/^Saved/)
  await library.open()
  await library.choose('Tuned')
  await library.details.getByRole('button', { name: /^Version 2/ }).click()
  await expect(library.details.locator('.version-changes')).toHaveText(/Micro-batch\s*4 → 16/)
  await library.details.getByRole('button', { name: /^Version 1/ }).click()
  await library.details.getByRole('button', { name: 'Restore this version' }).click()
  await expect(library.details.getByRole('button', { name: /^Version 3/ })).toBeVisible()
  await library.openScenario('Tuned')
  await expect(workbench.number('Micro-batch')).toHaveValue('4')
})

test('what was exported comes back: identical, under another name, new, or refused with the reason', async ({ workbench, page }) => {
  const { library } = workbench
  for (const name of ['One', 'Two', 'Three', 'Four']) {
    await workbench.saveAs(name)
    await expect(workbench.title).toHaveText(name)
  }
  await library.open()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Export all as a file' }).click()
  expect((await download).suggestedFilename()).toMatch(/^headroom-\d{4}-\d\d-\d\d\.headroom$/)
  const file = JSON.parse(readFileSync((await (await download).path())!, 'utf8')) as { scenarios: { name: string, plan: { data: { microBatch: number } } }[] }
  const named = (name: string) => file.scenarios.find((scenario) => scenario.name === name)!
  named('Two').plan.data.microBatch = 2
  named('Three').plan.data.microBatch = 0
  named('Four').name = 'Five'

  await library.importFile('team.headroom', JSON.stringify(file))
  await expect(library.imported('One')).toContainText('Identical')
  await expect(library.imported('Two')).toContainText('Will be added as “Two (2)”')
  await expect(library.imported('Three')).toContainText(/microBatch is 0/)
  await expect(library.imported('Five')).toContainText('New')
  await library.imports.getByRole('button', { name: 'Add 2' }).click()
  await expect(library.rows).toHaveCount(6)
  await expect(library.scenario('Two (2)')).toBeVisible()
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
  await expect(library.rows).toHaveCount(4)

  await library.importFile('broken.headroom', '{"type":')
  await expect(library.imports).toContainText('Refused')
  await expect(library.imports).toContainText('not JSON')
  await page.keyboard.press('Escape')
  await expect(library.imports).toBeHidden()
})

test('a file is dropped anywhere on the window', async ({ workbench, page }) => {
  await workbench.loadExample('Qwen2.5 7B QLoRA')
  const data = await page.evaluateHandle(() => {
    const transfer = new DataTransfer()
    transfer.items.add(new File(['{"type":"headroom/scenarios","version":99,"scenarios":[]}'], 'later.headroom', { type: 'application/json' }))
    return transfer
  })
  await page.dispatchEvent('.workbench', 'dragenter', { dataTransfer: data })
  await expect(page.getByText('Drop to import')).toBeVisible()
  await page.dispatchEvent('.workbench', 'drop', { dataTransfer: data })
  await expect(page.getByText('Drop to import')).toBeHidden()
  await expect(workbench.library.imports).toContainText('written by a newer Headroom')
})

test('two are compared side by side', async ({ workbench, page }) => {
  for (const name of ['Left', 'Right']) {
    await workbench.saveAs(name)
    await expect(workbench.title).toHaveText(name)
  }
  await workbench.library.open()
  await workbench.library.search.press('ArrowDown')
  await page.keyboard.press('Control+a')
  await page.getByRole('toolbar').getByRole('button', { name: 'Compare' }).click()
  await expect(page).toHaveURL(/#\/compare/)
  await expect(page.getByText('Left', { exact: true }).first()).toBeVisible()
})

for (const language of ['EN', '中文']) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`the library is accessible in ${language}, ${scheme}`, async ({ workbench, page }) => {
      await workbench.saveAs('Seen')
      await expect(workbench.title).toHaveText('Seen')
      await workbench.library.open()
      await workbench.library.choose('Seen')
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await workbench.choose('Language', language)
      await page.setViewportSize({ width: 1024, height: 700 })
      await expect(page.locator('.version')).toBeVisible()
      const problems = async () => (await new AxeBuilder({ page }).analyze()).violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
      expect(await problems()).toEqual([])
      const cut = await page.evaluate(() => [...document.querySelectorAll('body, .library, .library-filters, .library-bar, .scenario-table, .scenario-detail')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1).map((element) => element.className || element.tagName))
      expect(cut).toEqual([])
      await page.locator('.scenario-rows .checkbox').click()
      await expect(page.getByRole('toolbar')).toBeVisible()
      expect(await problems()).toEqual([])
    })
  }
}
