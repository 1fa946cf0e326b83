import { readFile } from 'node:fs/promises'
import AxeBuilder from '@axe-core/playwright'
import type { Download, Page } from '@playwright/test'
import { expect, test } from '../fixtures.ts'
import { Explore } from '../pages/explore.ts'

async function explored (page: Page): Promise<Explore> {
  const explore = new Explore(page)
  await explore.open()
  return explore
}

test('the grid agrees with the plan, and a cell is applied with the keyboard alone, in one step that can be undone', async ({ workbench, page }) => {
  await workbench.judgeAgainstCatalog()
  const total = await workbench.figure('total').textContent()
  const explore = await explored(page)
  await explore.exact()
  await expect(explore.own).toHaveAttribute('data-look', 'tight')
  await expect(explore.figure('total')).toHaveText(total!)
  await expect(explore.own.locator('.heat-need')).toHaveText(Number.parseFloat(total!).toFixed(1))

  await explore.own.focus()
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowUp')
  await expect(explore.cell(2, 1)).toBeFocused()
  await expect(explore.cell(2, 1)).toHaveAccessibleName(/^Sequence length 1,024, Micro-batch 2: \d+\.\d GiB, fits, \d+\.\d GiB to spare$/)
  await expect(explore.panel.locator('.cell-settings')).toHaveText(/1,024.*2$/)
  await expect(explore.panel).not.toHaveAttribute('data-stale')
  const promised = await explore.figure('total').textContent()
  await page.keyboard.press('Enter')
  await expect(page.locator('.notice')).toContainText('Applied: Sequence length 1,024, Micro-batch 2.')
  await expect(explore.cell(2, 1)).toHaveAttribute('aria-current', 'true')
  await expect(explore.cell(2, 1)).toBeFocused()

  await explore.openPlan()
  await expect(workbench.figure('total')).toHaveText(promised!)
  await expect(workbench.number('Micro-batch')).toHaveValue('2')
  await page.getByRole('button', { name: 'Undo' }).first().click()
  await expect(workbench.figure('total')).toHaveText(total!)
})

test('keys lead to the ends, and Escape back to the plan', async ({ workbench, page }) => {
  await workbench.judgeAgainstCatalog()
  const explore = await explored(page)
  await explore.own.focus()
  for (const [key, column, row] of [['Home', 0, 2], ['End', 9, 2], ['PageDown', 9, 6], ['Control+Home', 0, 0], ['Control+End', 9, 7], ['PageUp', 9, 3]] as const) {
    await page.keyboard.press(key)
    await expect(explore.cell(column, row)).toBeFocused()
  }
  await expect(explore.grid.locator('[tabindex="0"]')).toHaveCount(1)
  await page.keyboard.press('Escape')
  await expect(explore.own).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.locator('.notice')).toContainText('This is the plan already')
  await page.keyboard.press('Control+z')
  await expect(explore.own).toHaveAttribute('data-column', '3')
})

test('each side is a setting with values of one’s own; wrong ones are explained and change nothing', async ({ workbench, page }) => {
  await workbench.judgeAgainstCatalog()
  const explore = await explored(page)
  await explore.typeValues('Sequence length', '1k, 2k, 3000, 4*1024')
  await expect(explore.grid.getByRole('columnheader')).toHaveText([/Sequence/, '1k', '2k', '3,000', '4k'])
  await explore.computed()
  await explore.values('Sequence length').fill('1k, many')
  await explore.values('Sequence length').press('Enter')
  await expect(page.getByRole('alert')).toContainText('“many” is not a number')
  await expect(explore.grid.getByRole('columnheader')).toHaveCount(5)
  await explore.values('Sequence length').press('Escape')
  await expect(explore.values('Sequence length')).toHaveValue('1k, 2k, 3000, 4k')

  await explore.chooseAxis('Down', 'Quantization')
  await expect(explore.grid.getByRole('rowheader')).toHaveText(['None', 'LLM.int8', 'NF4'])
  await explore.computed()
  const needs = await Promise.all([0, 1, 2].map(async (row) => Number(await explore.cell(0, row).locator('.heat-need').textContent())))
  expect(needs[0]).toBeGreaterThan(needs[1]!)
  expect(needs[1]).toBeGreaterThan(needs[2]!)
  await page.getByRole('button', { name: 'Values: Quantization' }).click()
  await page.getByRole('checkbox', { name: 'FP4', exact: true }).click()
  await page.keyboard.press('Escape')
  await expect(explore.grid.getByRole('rowheader')).toHaveText(['None', 'NF4', 'FP4', 'LLM.int8'])
  await page.getByRole('button', { name: 'Swap the two settings' }).click()
  await expect(explore.grid.getByRole('rowheader')).toHaveText(['1k', '2k', '3,000', '4k'])
  await page.getByRole('button', { name: 'Back to the usual values' }).last().click()
  await expect(explore.grid.getByRole('rowheader')).toHaveCount(10)
})

test('another card, another limit; the largest of a setting fits, and one more does not', async ({ workbench, page }) => {
  await workbench.judgeAgainstCatalog()
  const explore = await explored(page)
  await explore.typeValues('Micro-batch', '2, 4, 8')
  await page.getByRole('combobox', { name: 'Card' }).click()
  await page.getByRole('option', { name: /RTX 4090/ }).click()
  await explore.computed()
  await expect(explore.own).toHaveAttribute('data-look', 'does-not-fit')
  await expect(page.locator('.heat-card')).toContainText('30% kept free')
  const largest = explore.offer('sequenceLength', 'fits').getByRole('button')
  const value = Number((await largest.textContent())!.replaceAll(',', ''))
  await largest.press('Enter')
  await expect(page.locator('.notice')).toContainText(`Applied: Sequence length ${value.toLocaleString('en-US')}.`)
  await explore.computed()
  await expect(explore.own).toHaveAttribute('data-look', 'tight')
  await explore.typeValues('Sequence length', `${value}, ${value + 1}`)
  await explore.exact()
  await expect(explore.own).toHaveAttribute('data-edge', /right/)
  await expect(explore.cell(1, 1)).toHaveAttribute('data-look', 'does-not-fit')
})

test('a large grid tells how far it is, stops when it is told to, and goes on; old cells stay until new ones are there', async ({ workbench, page }) => {
  await workbench.judgeAgainstCatalog()
  const explore = await explored(page)
  await explore.typeValues('Sequence length', Array.from({ length: 20 }, (_, i) => 256 * (i + 1)).join())
  await explore.typeValues('Micro-batch', Array.from({ length: 20 }, (_, i) => i + 1).join())
  await expect(explore.grid.getByRole('gridcell')).toHaveCount(400)
  await expect(page.getByRole('progressbar')).toBeVisible()
  await explore.own.focus()
  await page.keyboard.press('Escape')
  await expect(explore.status).toHaveAttribute('data-state', 'cancelled')
  await expect(explore.status).toContainText(/Stopped( at|:) \d+ of 400 cells/)
  await explore.status.getByRole('button', { name: 'Compute again' }).click()
  await expect(explore.grid.locator('[data-look="pending"], [data-stale]')).toHaveCount(0)
  await page.getByRole('button', { name: 'Undo' }).first().click()
  await expect(explore.grid.locator('[data-look="pending"]')).toHaveCount(0)
})

test('the table has the same cells with all figures, and takes one', async ({ workbench, page }) => {
  await workbench.judgeAgainstCatalog()
  const explore = await explored(page)
  await explore.typeValues('Sequence length', '1k, 2k')
  await explore.exact()
  const need = await explore.cell(0, 0).locator('.heat-need').textContent()
  await page.getByRole('radio', { name: 'Table' }).click()
  const table = page.getByRole('region', { name: 'All cells as a table' })
  await expect(table.getByRole('row')).toHaveCount(17)
  const first = table.getByRole('row').nth(1)
  await expect(first.getByRole('cell').nth(2)).toHaveText('fits')
  expect(Number.parseFloat(await first.getByRole('cell').nth(3).textContent() ?? '').toFixed(1)).toBe(need)
  await first.getByRole('button', { name: 'Apply' }).click()
  await expect(first).toContainText('the plan')
  await page.locator('.notice').getByRole('button', { name: 'Undo' }).click()
  await expect(first.getByRole('button', { name: 'Apply' })).toBeVisible()
})

async function saved (download: Promise<Download>): Promise<{ name: string, content: Buffer }> {
  const file = await download
  return { name: file.suggestedFilename(), content: await readFile(await file.path()) }
}

test('the grid is taken away as CSV and as a picture', async ({ workbench, page }) => {
  await workbench.judgeAgainstCatalog()
  const explore = await explored(page)
  await explore.typeValues('Sequence length', '2k, 4k')
  await explore.exact()
  const csv = saved(page.waitForEvent('download'))
  await page.getByRole('button', { name: 'CSV' }).click()
  const { name, content } = await csv
  expect(name).toMatch(/^Llama-3\.1-8B.*\.csv$/)
  const lines = content.toString().trimEnd().split('\n')
  expect(lines).toHaveLength(17)
  expect(lines[0]).toMatch(/^data\.sequenceLength,data\.microBatch,verdict,needed_bytes,/)
  const png = saved(page.waitForEvent('download'))
  await page.getByRole('button', { name: 'PNG' }).click()
  const picture = await png
  expect(picture.name).toMatch(/\.png$/)
  expect(picture.content.subarray(1, 4).toString()).toBe('PNG')
  expect(picture.content.readUInt32BE(16)).toBeGreaterThan(1000)
})

test('without a card cells show needs; a refused plan says why, and what is refused is not applied', async ({ workbench, page }) => {
  await workbench.judgeAgainstCatalog()
  await page.getByRole('button', { name: /^Remove .*4090/ }).click()
  await page.getByRole('button', { name: /^Remove .*A100/ }).click()
  const explore = await explored(page)
  await expect(page.locator('.explore-note')).toContainText('Nothing to judge against')
  await expect(explore.own).toHaveAttribute('data-look', 'unjudged')
  await expect(explore.largest).toHaveCount(0)
  await page.locator('.explore-note').getByRole('button', { name: 'Open the plan' }).click()
  await workbench.field('data.gradientAccumulation').getByRole('spinbutton').fill('0')
  await expect(workbench.staleMark).toBeVisible()
  const refused = await explored(page)
  await expect(page.locator('.explore-note').first()).toContainText('data.gradientAccumulation is 0')
  await expect(refused.own).toHaveAttribute('data-look', 'refused')
  await refused.cell(0, 0).focus()
  await page.keyboard.press('Enter')
  await expect(page.locator('.notice[data-kind="error"]')).toContainText('Not applied: data.gradientAccumulation')
})

for (const language of ['EN', '中文']) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`accessible in ${language}, ${scheme}`, async ({ workbench, page }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await workbench.judgeAgainstCatalog()
      const explore = await explored(page)
      // Cells of every look; all others are like them.
      await explore.typeValues('Sequence length', '1k, 2k, 8k')
      await explore.computed()
      await page.getByRole('radio', { name: language, exact: true }).click()
      const problems = async () => (await new AxeBuilder({ page }).analyze()).violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))
      await explore.cell(2, 7).focus()
      expect(await problems()).toEqual([])
      await page.locator('.explore-tools').getByRole('radio').nth(1).click()
      expect(await problems()).toEqual([])
    })
  }
}

for (const [width, height] of [[1024, 700], [1920, 1080], [3840, 2160]] as const) {
  test(`nothing is cut off at ${width} × ${height}`, async ({ workbench, page }) => {
    await page.setViewportSize({ width, height })
    await workbench.judgeAgainstCatalog()
    await explored(page)
    for (const language of ['中文', 'EN']) {
      await page.getByRole('radio', { name: language, exact: true }).click()
      const cut = await page.evaluate(() => [...document.querySelectorAll('body, .explore, .explore-bar, .explore-main, .explore-frame, .explore-aside, .cell-panel, .largest, .heat-legend, .heat-x, .heat-y, .heat-cell > span, .segments')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1 || (element.matches('.heat-cell > span') && element.clientWidth > element.parentElement!.clientWidth))
        .map((element) => `${element.className || element.tagName}: ${element.scrollWidth} > ${element.clientWidth}`))
      expect(cut).toEqual([])
    }
  })
}
