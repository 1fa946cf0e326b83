import { defineConfig } from 'vite'

/** A sandboxed preload must be one CommonJS file. */
export default defineConfig({
  build: {
    target: 'esnext',
    outDir: 'out/preload',
    emptyOutDir: true,
    lib: { entry: 'main/preload/index.ts', formats: ['cjs'], fileName: () => 'index.cjs' },
    rolldownOptions: { external: ['electron'] }
  }
})
