import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

/** The workbench: the same files for the desktop app and for every browser that the served app may meet. */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [vue()],
  build: {
    outDir: '../out/renderer',
    emptyOutDir: true,
    target: 'baseline-widely-available',
    // Nothing inlined: the Content-Security-Policy lets only files run.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Loaded from this machine, catalog included.
    chunkSizeWarningLimit: 2000
  },
  worker: { format: 'es' }
})
