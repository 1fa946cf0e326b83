import { expect, type Locator, type Page } from '@playwright/test'

/** The Compare view. Names are the English ones. */
export class Compare {
  readonly page: Page
  readonly picker: Locator
  readonly heads: Locator
  readonly table: Locator

  constructor (page: Page) {
    this.page = page
    this.picker = page.getByRole('combobox', { name: 'Add a scenario' })
    this.table = page.getByRole('region', { name: 'Scenarios side by side' }).getByRole('table')
    this.heads = this.table.locator('thead th')
  }

  async open (): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Compare' }).click()
    await expect(this.picker).toBeVisible()
  }

  async openPlan (): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Plan' }).click()
  }

  /** Searches the library and makes these columns. */
  async add (...names: string[]): Promise<void> {
    await this.picker.click()
    for (const name of names) {
      await this.picker.fill(name)
      await this.page.getByRole('option').filter({ has: this.page.getByText(name, { exact: true }) }).click()
    }
    await this.picker.fill('')
    await this.page.keyboard.press('Escape')
  }

  /** Names of the columns, from the left. */
  async expectColumns (names: readonly string[]): Promise<void> {
    await expect(this.table.locator('.column-name')).toHaveText([...names])
  }

  head (name: string): Locator {
    return this.heads.filter({ has: this.page.getByText(name, { exact: true }) })
  }

  menu (name: string): Locator {
    return this.page.getByRole('button', { name: `Menu of ${name}`, exact: true })
  }

  async choose (name: string, item: string): Promise<void> {
    await this.menu(name).click()
    await this.page.getByRole('menuitem', { name: item }).click()
  }

  /** The cells of a row, by its label, from the left. */
  cells (label: string): Locator {
    return this.table.locator('tr:not(.group-row)').filter({ has: this.page.getByRole('rowheader', { name: label, exact: true }) }).getByRole('cell')
  }

  async export (item: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Export' }).click()
    await this.page.getByRole('menuitem', { name: item }).click()
  }
}
