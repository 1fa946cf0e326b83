import { readFileSync } from 'node:fs'
import path from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'
import { toColumns } from './shared/catalog/columns.ts'

const CATALOG = path.resolve('shared/catalog')
const BY_COLUMNS = '\0columns:'

/** The page is given the catalog's lists by columns: a fifth less to fetch before it can answer. */
const catalogByColumns = (): Plugin => ({
  name: 'catalog-by-columns',
  enforce: 'pre',
  resolveId: (source) => /^\.\/data\/(?:models|gpus)\.json$/.test(source) ? BY_COLUMNS + path.basename(source, '.json') : null,
  load: (id) => {
    if (!id.startsWith(BY_COLUMNS)) return null
    const table = toColumns(JSON.parse(readFileSync(path.join(CATALOG, `data/${id.slice(BY_COLUMNS.length)}.json`), 'utf8')))
    return `import { toRows } from ${JSON.stringify(path.join(CATALOG, 'columns.ts'))}\nexport default toRows(JSON.parse(${JSON.stringify(JSON.stringify(table))}))`
  }
})

/** The workbench: the same files for the desktop app and for every browser that the served app may meet. */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [vue(), catalogByColumns()],
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
  worker: { format: 'es', plugins: () => [catalogByColumns()] }
})
