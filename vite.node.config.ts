import { defineConfig } from 'vite'

/** Everything that runs in Node or in Electron's main process. */
export default defineConfig({
  build: {
    ssr: true,
    target: 'node24',
    outDir: 'out/main',
    emptyOutDir: true,
    rolldownOptions: {
      input: { electron: 'main/electron/index.ts', headless: 'main/headless/index.ts', cli: 'main/cli/main.ts' },
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' }
    }
  },
  ssr: { noExternal: true, external: ['electron', 'better-sqlite3'] }
})
