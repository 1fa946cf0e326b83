import AxeBuilder from '@axe-core/playwright'
import { expect, test } from './hardwareFixtures.ts'

test('a driver that was updated under a running kernel module is explained', async ({ hardware, gpu }) => {
  gpu.fail('Failed to initialize NVML: Driver/library version mismatch', 18)
  await hardware.open()
  await hardware.button('Look again').click()
  await expect(hardware.findings.first()).toContainText('Reboot to finish the update')
  await expect(hardware.machine('This machine')).toContainText('No GPU')
})

test('sixteen cards: each has its card, the plan shows equal ones as one line', async ({ hardware, workbench, gpu, page }) => {
  gpu.replay('rtx-4090-driver-535.xml', 16)
  await hardware.open()
  await hardware.button('Look again').click()
  await expect(hardware.cards).toHaveCount(16)
  await expect(hardware.machine('This machine')).toContainText('16 × RTX 4090')
  await hardware.openPlan()
  await expect(workbench.device('16 × RTX 4090')).toBeVisible()
  await page.getByRole('button', { name: 'Choose the devices of This machine' }).click()
  for (const number of [3, 4]) await page.getByRole('checkbox', { name: `#${number}`, exact: false }).first().click()
  await expect(page.locator('.source-picker')).toContainText('14 of 16')
})

test('a host that cannot be reached says why, and what to do', async ({ hardware, page }) => {
  await hardware.open()
  await hardware.button('Add an ssh host').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Host' }).fill('-oProxyCommand=x')
  await expect(dialog.getByRole('alert')).toContainText('Not an ssh destination')
  await dialog.getByRole('textbox', { name: 'Host' }).fill('nobody@127.0.0.1')
  await dialog.getByRole('button', { name: 'Add' }).click()
  await expect(hardware.machine('nobody@127.0.0.1')).toContainText('Not connected')
  await page.locator('.not-connected').getByRole('button', { name: 'Connect' }).click()
  await expect(hardware.machine('nobody@127.0.0.1')).toContainText('Not reachable', { timeout: 30_000 })
  await expect(page.locator('.not-connected p').first()).not.toBeEmpty()
})

test('a card without bf16 and FlashAttention refuses the plan, and offers what it can', async ({ hardware, workbench, gpu, page }) => {
  gpu.replay('tesla-t4.xml', 1, '7.5')
  await hardware.open()
  await hardware.button('Look again').click()
  await expect(hardware.cards).toContainText('Tesla T4')
  await hardware.openPlan()
  await workbench.loadExample('Qwen2.5 7B QLoRA')
  const notes = page.locator('.device-notes')
  await expect(notes).toContainText('has no bf16 units')
  await notes.getByRole('button', { name: 'Apply' }).first().click()
  await expect(notes).not.toContainText('has no bf16 units')
})

for (const language of ['EN', '中文']) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`accessible in ${language}, ${scheme}`, async ({ hardware, workbench, page }) => {
      // Five full checks of a page with many cells.
      test.slow()
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await hardware.open()
      await hardware.addPaper('Rig', '2', 'h200', 'NVIDIA H200')
      await workbench.choose('Language', language)
      const problems = async () => (await new AxeBuilder({ page }).analyze()).violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)}`))
      expect(await problems()).toEqual([])
      await page.locator('.machine-item').first().click()
      await expect(page.locator('.history-chart canvas')).toBeVisible()
      expect(await problems()).toEqual([])
      await page.locator('.monitor-bar .button').last().click()
      await page.locator('.host-toggle').click()
      await page.locator('.monitor-bar').getByRole('radio').last().click()
      expect(await problems()).toEqual([])
      for (const add of await page.locator('.machine-list-head .icon-button').all()) {
        await add.click()
        await expect(page.getByRole('dialog')).toBeVisible()
        expect(await problems()).toEqual([])
        await page.keyboard.press('Escape')
      }
    })
  }
}

for (const [width, height] of [[1024, 700], [1440, 900], [3840, 2160]] as const) {
  test(`nothing is cut off at ${width} × ${height}`, async ({ hardware, workbench, page }) => {
    await page.setViewportSize({ width, height })
    await hardware.open()
    for (const language of ['中文', 'EN']) {
      await workbench.choose(language === 'EN' ? '语言' : 'Language', language)
      await expect(page.locator('.history-chart canvas')).toBeVisible()
      const cut = await page.evaluate(() => [...document.querySelectorAll('body, .topbar, .rail, .machines, .machine-list, .machine-head, .monitor-bar, .machine-body, .gpu-card, .memory-words, .host-stores')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map((element) => `${element.className || element.tagName}: ${element.scrollWidth} > ${element.clientWidth}`))
      expect(cut).toEqual([])
    }
  })
}
