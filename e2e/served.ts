import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { root } from './tools/repository.ts'

/** The workbench as `npm start -- --serve` runs it, in a process of its own over a library folder of its own. */
export class ServedWorkbench {
  readonly dataDirectory: string
  #child: ChildProcess | null = null
  #url: string | null = null

  readonly #environment: NodeJS.ProcessEnv

  /** `environment`: what the process sees besides this one's. */
  constructor (dataDirectory: string, environment: NodeJS.ProcessEnv = {}) {
    this.dataDirectory = dataDirectory
    this.#environment = environment
  }

  /** With the token of this start. */
  get url (): string {
    if (this.#url === null) throw new Error('The workbench is not being served')
    return this.#url
  }

  async start (): Promise<void> {
    const child = spawn(process.execPath, [path.join(root, 'main/start.ts'), '--serve'], {
      cwd: root,
      env: { ...process.env, ...this.#environment, HEADROOM_DATA: this.dataDirectory },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    this.#child = child
    this.#url = await printedUrl(child)
  }

  async stop (): Promise<void> {
    const child = this.#child
    if (child === null || child.exitCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    await exited
    this.#child = null
    this.#url = null
  }

  async restart (): Promise<void> {
    await this.stop()
    await this.start()
  }
}

function printedUrl (child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
      const url = /^http:\/\/\S+$/m.exec(said)?.[0]
      if (url !== undefined && said.endsWith('\n')) resolve(url)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('exit', (code) => { reject(new Error(`The server ended with ${code} before it printed a URL: ${said}`)) })
  })
}
