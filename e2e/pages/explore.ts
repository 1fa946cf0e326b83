import { expect, type Locator, type Page } from '@playwright/test'

/** The Explore view. Names are the English ones. */
export class Explore {
  readonly page: Page
  readonly grid: Locator
  readonly status: Locator
  /** The plan's own cell. */
  readonly own: Locator
  readonly panel: Locator
  readonly largest: Locator

  constructor (page: Page) {
    this.page = page
    this.grid = page.getByRole('grid')
    this.status = page.locator('.sweep-status')
    this.own = this.grid.locator('[aria-current="true"]')
    this.panel = page.getByRole('region', { name: 'The cell in figures' })
    this.largest = page.getByRole('region', { name: 'The largest of each alone' })
  }

  async open (): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Explore' }).click()
    await expect(this.grid).toBeVisible()
    await this.computed()
  }

  async openPlan (): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Plan' }).click()
  }

  /** Every cell with a figure of the plan as it is. */
  async computed (): Promise<void> {
    await expect(this.grid.locator('[data-look="pending"], [data-stale]')).toHaveCount(0, { timeout: 20_000 })
  }

  /** Every cell with its last figure. */
  async exact (): Promise<void> {
    await expect(this.status).toHaveAttribute('data-state', 'done', { timeout: 45_000 })
  }

  cell (column: number, row: number): Locator {
    return this.grid.locator(`[data-column="${column}"][data-row="${row}"]`)
  }

  async chooseAxis (side: 'Across' | 'Down', setting: string): Promise<void> {
    await this.page.getByRole('combobox', { name: side, exact: true }).click()
    await this.page.getByRole('option', { name: setting, exact: true }).click()
  }

  values (setting: string): Locator {
    return this.page.getByRole('textbox', { name: `Values: ${setting}` })
  }

  async typeValues (setting: string, text: string): Promise<void> {
    await this.values(setting).fill(text)
    await this.values(setting).press('Enter')
  }

  figure (id: string): Locator {
    return this.panel.locator(`[data-figure="${id}"] dd`)
  }

  offer (axis: string, kind: 'fits' | 'reserve'): Locator {
    return this.largest.locator(`[data-axis="${axis}"] [data-offer="${kind}"]`)
  }
}
