import { expect, test } from '../fixtures.ts'

test('pasted token counts make the longest batch count, and a typical one is told beside it', async ({ workbench, page }) => {
  const field = workbench.field('data.lengths')
  await workbench.type('Sequence', '4k')
  await field.getByRole('switch').click()
  const counts = field.getByRole('textbox', { name: 'Token counts of samples' })
  await counts.fill(Array.from({ length: 100 }, (_, i) => 20 * (i + 1)).join('\n'))
  await expect(page.getByRole('spinbutton', { name: 'Lengths: Longest' })).toHaveAttribute('aria-valuenow', '2000')
  await expect(page.getByRole('spinbutton', { name: 'Lengths: Mean' })).toHaveAttribute('aria-valuenow', '1010')
  const typical = page.locator('.typical-line')
  await expect(typical).toHaveText(/A typical batch takes about [\d.]+ GiB .* the longest takes [\d.]+ GiB \(2,000 tokens\), and decides\./)
  await counts.fill('12 many')
  await expect(field.getByRole('alert')).toHaveText('Whole numbers only, apart by spaces, commas or lines.')
  await expect(page.getByRole('spinbutton', { name: 'Lengths: Longest' })).toHaveAttribute('aria-valuenow', '2000')
  await field.getByRole('switch').click()
  await expect(typical).toHaveCount(0)
})
