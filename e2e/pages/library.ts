import { expect, type Locator, type Page } from '@playwright/test'

/** The drawer with the saved scenarios. */
export class Library {
  readonly page: Page
  readonly drawer: Locator

  constructor (page: Page) {
    this.page = page
    this.drawer = page.getByRole('dialog', { name: 'Library' })
  }

  async open (): Promise<void> {
    await this.page.getByRole('button', { name: 'Library', exact: true }).click()
    await expect(this.drawer).toBeVisible()
  }

  async close (): Promise<void> {
    await this.page.keyboard.press('Escape')
    await expect(this.drawer).toBeHidden()
  }

  scenario (name: string): Locator {
    return this.drawer.getByRole('listitem').filter({ has: this.page.getByText(name, { exact: true }) })
  }

  async openScenario (name: string): Promise<void> {
    await this.scenario(name).getByText(name, { exact: true }).click()
    await expect(this.drawer).toBeHidden()
  }

  async rename (name: string, next: string): Promise<void> {
    await this.drawer.getByRole('button', { name: `Rename ${name}`, exact: true }).click()
    await this.drawer.getByRole('textbox', { name: 'Name' }).fill(next)
    await this.page.keyboard.press('Enter')
  }

  async delete (name: string): Promise<void> {
    await this.drawer.getByRole('button', { name: `Delete ${name}`, exact: true }).click()
  }
}
