import { expect, type Locator, type Page } from '@playwright/test'
import { Library } from './library.ts'

/** The one window: the plan form, the answer beside it, the bar above. Names are the English ones. */
export class Workbench {
  readonly page: Page
  readonly library: Library
  readonly sentence: Locator
  readonly staleMark: Locator
  readonly saveState: Locator
  readonly title: Locator

  constructor (page: Page) {
    this.page = page
    this.library = new Library(page)
    this.sentence = page.locator('.verdict-sentence strong')
    this.staleMark = page.locator('.stale-mark')
    this.saveState = page.locator('.save-state')
    this.title = page.locator('.document-title')
  }

  async open (url: string): Promise<void> {
    await this.page.goto(url)
    await expect(this.figure('total')).toBeVisible()
  }

  /** `total`, `reserved`, `allocated`, `peak` or `parameters`, as written under the verdict. */
  figure (name: string): Locator {
    return this.page.locator(`[data-figure="${name}"] .figure-value`)
  }

  field (path: string): Locator {
    return this.page.locator(`[data-path="${path}"]`)
  }

  error (path: string): Locator {
    return this.field(path).getByRole('alert')
  }

  number (name: string): Locator {
    return this.page.getByRole('spinbutton', { name, exact: true })
  }

  async type (name: string, text: string): Promise<void> {
    await this.number(name).fill(text)
    await this.number(name).press('Enter')
  }

  /** One of a row of options, all in sight. */
  async choose (group: string, option: string): Promise<void> {
    await this.page.getByRole('radiogroup', { name: group, exact: true }).getByRole('radio', { name: option, exact: true }).click()
  }

  /** A field whose list opens. */
  dropDown (name: string): Locator {
    return this.page.getByRole('combobox', { name, exact: true })
  }

  /** One of a list that opens. */
  async select (name: string, option: string): Promise<void> {
    await this.dropDown(name).click()
    await this.page.getByRole('option', { name: option, exact: true }).click()
  }

  /** Searches the catalog and takes the model with this id. */
  async chooseModel (query: string, id: string): Promise<void> {
    const search = this.page.getByRole('combobox', { name: 'Model', exact: true })
    await search.click()
    await search.fill(query)
    await this.page.getByRole('option').filter({ has: this.page.getByText(id, { exact: true }) }).click()
  }

  async loadExample (name: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Examples' }).getByRole('button', { name, exact: true }).click()
  }

  device (name: string): Locator {
    return this.page.locator('.device').filter({ has: this.page.getByText(name, { exact: true }) })
  }

  async addGpu (query: string, name: string): Promise<void> {
    const search = this.page.getByRole('combobox', { name: 'Add a GPU' })
    await search.click()
    await search.fill(query)
    await this.page.getByRole('option').filter({ has: this.page.getByText(name, { exact: true }) }).click()
  }

  /** The same 24 GB and 80 GB cards on every machine, whatever it has itself. */
  async judgeAgainstCatalog (): Promise<void> {
    await this.page.getByRole('switch', { name: 'This machine' }).setChecked(false)
    if (await this.device('RTX 4090').count() === 0) await this.addGpu('4090', 'NVIDIA GeForce RTX 4090')
    if (await this.device('A100-SXM4-80GB').count() === 0) await this.addGpu('a100 sxm4 80', 'NVIDIA A100-SXM4-80GB')
    await expect(this.page.locator('.device')).toHaveCount(2)
  }

  async showPhases (): Promise<void> {
    await this.page.getByRole('tab', { name: 'Phases' }).click()
  }

  /** Peak of a phase as its table shows it. */
  phasePeak (name: string): Locator {
    return this.page.locator('.phases').getByRole('row', { name: new RegExp(`^${name}`) }).getByRole('cell').first()
  }

  async saveAs (name: string): Promise<void> {
    await this.page.keyboard.press('Control+Shift+s')
    await this.page.getByRole('textbox', { name: 'Name' }).fill(name)
    await this.page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  }
}
