#!/usr/bin/env node
// Plain JavaScript without an import that an old Node lacks: runs on Node 18 and later, and continues on the Node 24 that is
// installed with Headroom when the running one is older.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import * as nodeModule from 'node:module'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const NEEDED = 24
const file = fileURLToPath(import.meta.url)

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  nodeModule.enableCompileCache?.()
  const { main } = await import('./main.ts')
  process.exitCode = await main(process.argv.slice(2))
} else {
  continueOnBundledNode()
}

function continueOnBundledNode () {
  const root = path.resolve(path.dirname(file), '..', '..')
  const bundled = path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(bundled) || realpathSync(bundled) === realpathSync(process.execPath)) {
    process.stderr.write(`headroom needs Node ${NEEDED} and this is ${process.version}: run "npm ci" in ${root}, or install Node ${NEEDED}.\n`)
    process.exitCode = 2
    return
  }
  const child = spawn(bundled, [file, ...process.argv.slice(2)], { stdio: 'inherit' })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, () => { child.kill(signal) })
  child.on('error', (error) => {
    process.stderr.write(`headroom could not start ${bundled}: ${error.message}\n`)
    process.exitCode = 2
  })
  child.on('exit', (code, signal) => {
    for (const name of signals) process.removeAllListeners(name)
    if (signal === null) process.exitCode = code ?? 1
    else process.kill(process.pid, signal)
  })
}
