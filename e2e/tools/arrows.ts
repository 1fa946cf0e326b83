/**
 * Who may import whom. A room is the first folder below shared/ or main/; renderer, e2e and the files
 * directly in main/ are one room each. A room always may import itself. A new room needs a line here.
 */
export const arrows: Record<string, readonly string[]> = {
  'shared/units': [],
  'shared/text': ['shared/units'],
  'shared/architecture': ['shared/units', 'shared/text'],
  'shared/catalog': ['shared/units', 'shared/text', 'shared/architecture'],
  'shared/plan': ['shared/units', 'shared/text', 'shared/architecture', 'shared/catalog'],
  'shared/memory': ['shared/units', 'shared/text', 'shared/architecture', 'shared/catalog', 'shared/plan'],
  'shared/throughput': ['shared/units', 'shared/text', 'shared/architecture', 'shared/catalog', 'shared/plan', 'shared/memory'],
  'shared/fit': ['shared/units', 'shared/text', 'shared/architecture', 'shared/catalog', 'shared/plan', 'shared/memory'],
  'shared/advice': ['shared/units', 'shared/text', 'shared/architecture', 'shared/catalog', 'shared/plan', 'shared/memory', 'shared/throughput', 'shared/fit'],
  'shared/interop': ['shared/units', 'shared/text', 'shared/architecture', 'shared/catalog', 'shared/plan', 'shared/memory', 'shared/throughput', 'shared/fit', 'shared/advice'],
  'shared/report': ['shared/units', 'shared/text', 'shared/architecture', 'shared/catalog', 'shared/plan', 'shared/memory', 'shared/throughput', 'shared/fit', 'shared/advice'],
  'shared/commands': ['shared/units'],
  'shared/contract': ['shared/commands', 'shared/units', 'shared/text', 'shared/architecture', 'shared/catalog', 'shared/plan', 'shared/memory', 'shared/throughput', 'shared/fit', 'shared/advice', 'shared/interop', 'shared/report'],

  'main/hardware': ['shared'],
  'main/library': ['shared'],
  'main/measure': ['shared'],
  'main/host': ['shared', 'main/hardware', 'main/library', 'main/measure'],
  'main/headless': ['shared', 'main/host'],
  'main/cli': ['shared', 'main/host', 'main/headless', 'main/library'],
  'main/electron': ['shared', 'main/host'],
  'main/preload': ['shared/contract'],
  'main/bench': ['shared', 'main/hardware', 'main/library'],
  'main': ['shared', 'main/host', 'main/headless', 'main/cli'],

  'renderer': ['shared'],

  'e2e': ['shared', 'main']
}

/** Where a package may be used. Packages not named here are free in e2e only, and Node's own are free in main and e2e. */
export const packages: Record<string, readonly string[]> = {
  'valibot': ['shared', 'main', 'renderer'],
  'electron': ['main/electron', 'main/preload'],
  'better-sqlite3': ['main/library'],
  'saxes': ['main/hardware'],
  'vite': ['main'],
  '@vitejs/plugin-vue': ['main'],
  'vue': ['renderer'],
  'pinia': ['renderer'],
  'vue-i18n': ['renderer'],
  'vue-echarts': ['renderer'],
  'echarts': ['renderer'],
  'reka-ui': ['renderer'],
  '@vueuse/core': ['renderer']
}

/** What test files (*.test.ts and anything in a fixtures folder) may use besides, in every room. */
export const testPackages: readonly string[] = ['vitest', 'fast-check']
