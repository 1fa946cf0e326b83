import { defineConfig } from '@playwright/test'
import { findBrowser } from './e2e/tools/browser.ts'

const chromium = findBrowser()

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  forbidOnly: true,
  retries: 0,
  workers: 1,
  timeout: 60_000,
  reporter: 'list',
  use: {
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure'
  },
  projects: [
    {
      name: 'web',
      testDir: 'e2e/web',
      use: {
        browserName: 'chromium',
        viewport: { width: 1440, height: 900 },
        launchOptions: chromium === undefined ? {} : { executablePath: chromium.path }
      }
    },
    { name: 'electron', testDir: 'e2e/electron' }
  ]
})
