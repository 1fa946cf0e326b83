import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { HostReply } from '#shared/contract/index.ts'
import { detectHardware } from '#main/hardware/index.ts'
import { dataDirectory } from '#main/library/index.ts'
import type { HostContext } from './context.ts'
import { dispatch } from './dispatch.ts'
import { createEvents, type EventListener } from './events.ts'
import { hardwareReader, type Detect } from './hardwareReader.ts'
import { libraryDoor } from './libraryDoor.ts'
import { installRoot } from './root.ts'

export type { EventListener } from './events.ts'
export { installRoot, rendererFolder } from './root.ts'
export { dataDirectory } from '#main/library/index.ts'
export * from './web/index.ts'

/** Everything behind the contract, the same for every transport. */
export interface Host {
  /** Answers one call; never throws. */
  readonly dispatch: (name: string, input: unknown) => Promise<HostReply<unknown>>
  readonly subscribe: (listener: EventListener) => () => void
  /** Closes the library cleanly. */
  readonly close: () => void
}

export interface HostOptions {
  readonly mode: HostContext['mode']
  /** Where the library is kept; by default the platform's usual place. */
  readonly dataDirectory?: string | undefined
  readonly detect?: Detect | undefined
}

export function createHost ({ mode, dataDirectory: directory = dataDirectory(), detect = detectHardware }: HostOptions): Host {
  const events = createEvents()
  const library = libraryDoor(directory)
  const context: HostContext = { version: packageVersion(), mode, library, events, readHardware: hardwareReader(detect) }
  // Opened ahead of the first question, which then finds it ready. Why it fails is told to whoever asks.
  void library.use(() => {}).catch(() => {})
  return {
    dispatch: (name, input) => dispatch(name, input, context),
    subscribe: events.subscribe,
    close: library.close
  }
}

function packageVersion (): string {
  const { version } = JSON.parse(readFileSync(path.join(installRoot(), 'package.json'), 'utf8')) as { version: string }
  return version
}
