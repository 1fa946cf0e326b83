import { expect, type Locator, type Page } from '@playwright/test'

/** The library view. Names are the English ones. */
export class Library {
  readonly page: Page
  readonly list: Locator
  readonly search: Locator
  readonly filters: Locator
  readonly details: Locator
  readonly imports: Locator

  constructor (page: Page) {
    this.page = page
    this.list = page.getByRole('grid', { name: 'Scenarios' })
    this.search = page.getByRole('searchbox')
    this.filters = page.getByRole('navigation', { name: 'Filters' })
    this.details = page.getByRole('complementary', { name: 'Details' })
    this.imports = page.getByRole('dialog', { name: 'Import' })
  }

  async open (): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Library' }).click()
    await expect(this.search).toBeVisible()
  }

  get rows (): Locator {
    return this.list.locator('.scenario-rows').getByRole('row')
  }

  scenario (name: string): Locator {
    return this.rows.filter({ has: this.page.getByText(name, { exact: true }) })
  }

  /** Names as they stand, from the top. */
  async names (): Promise<string[]> {
    return this.rows.locator('.scenario-title').allTextContents()
  }

  /** Shows its details. */
  async choose (name: string): Promise<void> {
    await this.scenario(name).locator('.scenario-title').click()
    await expect(this.details.getByRole('textbox', { name: 'Name of the scenario' })).toHaveValue(name)
  }

  async openScenario (name: string): Promise<void> {
    await this.scenario(name).locator('.scenario-title').dblclick()
    await expect(this.page.locator('.document-title')).toHaveText(name)
  }

  async rename (name: string, next: string): Promise<void> {
    await this.choose(name)
    await this.details.getByRole('textbox', { name: 'Name of the scenario' }).fill(next)
    await this.page.keyboard.press('Enter')
  }

  async place (name: string): Promise<void> {
    await this.filters.getByRole('button', { name: new RegExp(`^${name}`) }).click()
  }

  async tag (tag: string): Promise<void> {
    await this.details.getByRole('combobox', { name: 'Add a tag' }).fill(tag)
    await this.page.keyboard.press('Enter')
    await expect(this.details.locator('.tag', { hasText: tag })).toBeVisible()
  }

  /** Chooses a file as the user would, and waits for what it holds. */
  async importFile (name: string, text: string): Promise<void> {
    const chooser = this.page.waitForEvent('filechooser')
    await this.page.getByRole('button', { name: 'Import…' }).first().click()
    await (await chooser).setFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) })
    await expect(this.imports).toBeVisible()
  }

  imported (name: string): Locator {
    return this.imports.getByRole('listitem').filter({ has: this.page.getByText(name, { exact: true }) })
  }
}
