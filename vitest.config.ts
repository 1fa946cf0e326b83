import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  test: {
    include: ['{shared,main,renderer,e2e/tools,e2e/packaged}/**/*.test.ts'],
    environment: 'node',
    testTimeout: 30_000
  }
})
