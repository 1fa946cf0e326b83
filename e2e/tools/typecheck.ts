import { runNode } from './command.ts'

/** Each folder by its own walls, then the tests of the pure folders, which may use Node and Vitest. */
const projects = [
  'shared/tsconfig.json',
  'shared/tsconfig.test.json',
  'main/tsconfig.json',
  'renderer/tsconfig.json',
  'renderer/tsconfig.test.json',
  'e2e/tsconfig.json'
]

const queue = [...projects]
let failed = 0

async function worker () {
  for (let project = queue.shift(); project !== undefined; project = queue.shift()) {
    const { code, output } = await runNode('node_modules/vue-tsc/bin/vue-tsc.js', ['-p', project, '--pretty', 'false'], { capture: true })
    console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${project}`)
    if (code === 0) continue
    failed++
    console.log(output.trimEnd())
  }
}

await Promise.all([worker(), worker()])
process.exitCode = failed === 0 ? 0 : 1
