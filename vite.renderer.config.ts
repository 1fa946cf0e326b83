import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

/** The workbench: the same files for the desktop app and for every browser that the served app may meet. */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [vue()],
  // What of the libraries the workbench does not use.
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false
  },
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
