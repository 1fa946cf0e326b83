import { expect, type Locator, type Page } from '@playwright/test'

/** The Hardware view. Names are the English ones. */
export class Hardware {
  readonly page: Page
  readonly list: Locator
  readonly cards: Locator
  readonly status: Locator
  readonly findings: Locator

  constructor (page: Page) {
    this.page = page
    this.list = page.getByRole('navigation', { name: 'Machines' })
    this.cards = page.locator('.gpu-card')
    this.status = page.locator('.monitor-status').first()
    this.findings = page.locator('.finding')
  }

  async open (): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Hardware' }).click()
    await expect(this.list).toBeVisible()
  }

  async openPlan (): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Plan' }).click()
  }

  machine (name: string): Locator {
    return this.list.locator('.machine-item').filter({ has: this.page.getByText(name, { exact: true }) })
  }

  button (name: string): Locator {
    return this.page.getByRole('button', { name, exact: true })
  }

  async select (name: string, option: string | RegExp): Promise<void> {
    await this.page.getByRole('combobox', { name, exact: true }).click()
    await this.page.getByRole('option', { name: option }).click()
  }

  /** A machine on paper: so many cards of the catalog. */
  async addPaper (name: string, count: string, query: string, card: string): Promise<void> {
    await this.button('New machine on paper').click()
    const dialog = this.page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Name' }).fill(name)
    await dialog.getByRole('textbox', { name: 'Count' }).fill(count)
    await dialog.getByRole('combobox', { name: 'Card' }).click()
    await dialog.getByRole('combobox', { name: 'Card' }).fill(query)
    await this.page.getByRole('option').filter({ has: this.page.getByText(card, { exact: true }) }).click()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toBeHidden()
  }
}
