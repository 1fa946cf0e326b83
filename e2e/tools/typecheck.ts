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
    // A folder whose only files are tests, or that is still empty, has nothing to check.
    const empty = output.includes('error TS18003')
    const ok = code === 0 || empty
    if (!ok) failed++
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${project}${empty ? ' (no files)' : ''}`)
    if (!ok) console.log(output.trimEnd())
  }
}

await Promise.all([worker(), worker()])
process.exitCode = failed === 0 ? 0 : 1
