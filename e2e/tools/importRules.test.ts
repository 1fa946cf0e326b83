import { describe, expect, it } from 'vitest'
import { arrows } from './arrows.ts'
import { checkImports } from './importRules.ts'

const check = (files: Record<string, string>) => checkImports(new Map(Object.entries(files)))
const rule = (file: string, text: string) => check({ [file]: text }).map(violation => violation.rule)

describe('the arrows', () => {
  it('run one way', () => {
    const order: string[] = []
    const visit = (room: string, trail: string[]): void => {
      expect(trail, `${[...trail, room].join(' → ')}`).not.toContain(room)
      if (order.includes(room)) return
      for (const to of arrows[room] ?? []) visit(to, [...trail, room])
      order.push(room)
    }
    for (const room of Object.keys(arrows)) visit(room, [])
    const shared = ['units', 'architecture', 'catalog', 'plan', 'memory', 'fit', 'advice', 'interop'].map(name => order.indexOf(`shared/${name}`))
    expect(shared).toEqual([...shared].sort((a, b) => a - b))
  })

  it.each([
    ['shared/units/a.ts', '../plan/index.ts', 'shared/units may not import shared/plan'],
    ['shared/architecture/a.ts', '../catalog/index.ts', 'shared/architecture may not import shared/catalog'],
    ['shared/catalog/a.ts', '../plan/index.ts', 'shared/catalog may not import shared/plan'],
    ['shared/plan/a.ts', '../memory/index.ts', 'shared/plan may not import shared/memory'],
    ['shared/memory/tape/a.ts', '../../fit/index.ts', 'shared/memory may not import shared/fit'],
    ['shared/fit/a.ts', '../advice/index.ts', 'shared/fit may not import shared/advice'],
    ['shared/advice/a.ts', '../interop/index.ts', 'shared/advice may not import shared/interop'],
    ['shared/interop/a.ts', '../report/index.ts', 'shared/interop may not import shared/report'],
    ['shared/report/a.ts', '../contract/index.ts', 'shared/report may not import shared/contract'],
    ['shared/plan/a.ts', '../../main/host/index.ts', 'shared/plan may not import main/host'],
    ['shared/plan/a.ts', '../../renderer/main.ts', 'shared/plan may not import renderer'],
    ['renderer/src/a.ts', '#main/host/index.ts', 'renderer may not import main/host'],
    ['renderer/src/A.vue', '../../e2e/a.ts', 'renderer may not import e2e'],
    ['main/host/a.ts', '../../renderer/main.ts', 'main/host may not import renderer'],
    ['main/host/a.ts', '../electron/window.ts', 'main/host may not import main/electron'],
    ['main/host/a.ts', '../headless/index.ts', 'main/host may not import main/headless'],
    ['main/host/a.ts', '../cli/index.ts', 'main/host may not import main/cli'],
    ['main/electron/a.ts', '../headless/index.ts', 'main/electron may not import main/headless'],
    ['main/electron/a.ts', '../library/index.ts', 'main/electron may not import main/library'],
    ['main/headless/a.ts', '../hardware/index.ts', 'main/headless may not import main/hardware'],
    ['main/hardware/a.ts', '../host/index.ts', 'main/hardware may not import main/host'],
    ['main/library/a.ts', '../hardware/index.ts', 'main/library may not import main/hardware'],
    ['main/preload/a.ts', '#shared/memory/index.ts', 'main/preload may not import shared/memory'],
    ['main/host/a.ts', '../../e2e/tools/a.ts', 'main/host may not import e2e'],
    ['shared/novelty/a.ts', '../units/index.ts', 'shared/novelty is not named in e2e/tools/arrows.ts']
  ])('%s does not reach %s', (file, specifier, broken) => {
    const text = `import '${specifier}'\n`
    expect(rule(file, file.endsWith('.vue') ? `<script setup lang="ts">\n${text}</script>\n` : text)).toEqual([broken])
  })

  it.each([
    ['shared/plan/a.ts', '../catalog/index.ts'],
    ['shared/memory/tape/a.ts', '../category.ts'],
    ['shared/contract/a.ts', '../fit/index.ts'],
    ['main/host/a.ts', '#shared/contract/index.ts'],
    ['main/host/a.ts', '../library/index.ts'],
    ['main/electron/a.ts', '../host/index.ts'],
    ['main/cli/validate/index.ts', '#shared/memory/index.ts'],
    ['renderer/src/a.ts', '#shared/fit/index.ts'],
    ['e2e/web/a.ts', '#shared/plan/index.ts']
  ])('%s reaches %s', (file, specifier) => {
    expect(rule(file, `import '${specifier}'`)).toEqual([])
  })
})

describe('the packages', () => {
  it.each([
    ['main/host/a.ts', 'electron', 'main/host may not import electron: only main/electron, main/preload may'],
    ['e2e/electron/a.ts', 'electron', 'e2e may not import electron: only main/electron, main/preload may'],
    ['shared/plan/a.ts', 'node:fs', 'shared/plan may not import node:fs: only main and e2e may use Node'],
    ['renderer/src/a.ts', 'node:path', 'renderer may not import node:path: only main and e2e may use Node'],
    ['main/host/a.ts', 'fs', 'write node:fs'],
    ['main/host/a.ts', 'better-sqlite3', 'main/host may not import better-sqlite3: only main/library may'],
    ['main/host/a.ts', 'echarts/core', 'main/host may not import echarts: only renderer may'],
    ['shared/plan/a.ts', 'vue', 'shared/plan may not import vue: only renderer may'],
    ['shared/plan/a.ts', 'left-pad', 'shared/plan may not import left-pad: it is not named in e2e/tools/arrows.ts'],
    ['shared/plan/a.ts', 'vitest', 'shared/plan may not import vitest: it is not named in e2e/tools/arrows.ts']
  ])('%s may not use %s', (file, specifier, broken) => {
    expect(rule(file, `import '${specifier}'`)).toEqual([broken])
  })

  it('are freer in tests', () => {
    expect(rule('shared/plan/a.test.ts', "import 'node:fs'\nimport 'vitest'\nimport 'fast-check'\n")).toEqual([])
    expect(rule('shared/plan/a.test.ts', "import '#main/host/index.ts'")).toHaveLength(1)
  })
})

describe('finding imports', () => {
  it.each([
    "import type { A } from '#main/a/b.ts'",
    "export { a } from '#main/a/b.ts'",
    "export * from '#main/a/b.ts'",
    "const a = await import('#main/a/b.ts')",
    "let a: import('#main/a/b.ts').A",
    "const a = require('#main/a/b.ts')",
    "new Worker(new URL('../main/a/b.ts', import.meta.url))"
  ])('sees %s, and says where', text => {
    expect(check({ 'renderer/a.ts': `\n\n${text}\n` })).toEqual([{ file: 'renderer/a.ts', line: 3, rule: 'renderer may not import main/a' }])
  })

  it('is not fooled by comments and strings', () => {
    expect(rule('renderer/a.ts', "// import '#main/a/b.ts'\nconst a = `import '#main/a/b.ts'`\n")).toEqual([])
  })

  it('counts lines through a Vue file', () => {
    const text = "<template>\n  <p />\n</template>\n\n<script setup lang=\"ts\">\nimport '#main/a/b.ts'\n</script>\n"
    expect(check({ 'renderer/A.vue': text })).toEqual([{ file: 'renderer/A.vue', line: 6, rule: 'renderer may not import main/a' }])
  })
})

describe('circles', () => {
  it('between folders side by side are named with the way round', () => {
    expect(check({
      'shared/memory/tape/a.ts': "import '../modules/b.ts'",
      'shared/memory/modules/b.ts': "\nimport '../losses/c.ts'",
      'shared/memory/losses/c.ts': "import type { A } from '../tape/a.ts'"
    })).toContainEqual({
      file: 'shared/memory/modules/b.ts',
      line: 2,
      rule: 'folders in a circle: shared/memory/modules → shared/memory/losses → shared/memory/tape → shared/memory/modules'
    })
  })

  it('between a folder and the one that holds it are no circle', () => {
    expect(check({
      'shared/memory/estimate.ts': "import './tape/a.ts'",
      'shared/memory/tape/a.ts': "import '../category.ts'"
    })).toEqual([])
  })
})
