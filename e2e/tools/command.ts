import { spawn } from 'node:child_process'
import { root } from './repository.ts'

export type Finished = { code: number; output: string }

type Options = {
  /** Collect stdout and stderr instead of passing them through. */
  capture?: boolean
  env?: Record<string, string>
  timeoutMs?: number
}

/**
 * Runs a program from the repository root without a shell and without stdin.
 * A program that cannot be started or overruns its time ends with code 127 or 124, as in a shell.
 */
export function runCommand (program: string, args: readonly string[], options: Options = {}): Promise<Finished> {
  return new Promise(resolve => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', options.capture ? 'pipe' : 'inherit', options.capture ? 'pipe' : 'inherit']
    })
    let output = ''
    let overran = false
    child.stdout?.on('data', chunk => { output += String(chunk) })
    child.stderr?.on('data', chunk => { output += String(chunk) })
    const timer = options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => { overran = true; child.kill('SIGKILL') }, options.timeoutMs)
    const finish = (code: number) => { clearTimeout(timer); resolve({ code, output }) }
    child.on('error', error => { output += error.message; finish(127) })
    child.on('close', code => finish(overran ? 124 : code ?? 1))
  })
}

/** Runs a script of node_modules or of ours on the Node that runs this process. */
export function runNode (script: string, args: readonly string[] = [], options: Options = {}): Promise<Finished> {
  return runCommand(process.execPath, [script, ...args], options)
}
