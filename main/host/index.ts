import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { HostReply } from '#shared/contract/index.ts'
import { detectHardware } from '#main/hardware/index.ts'
import { dataDirectory } from '#main/library/index.ts'
import type { HostContext } from './context.ts'
import { dispatch } from './dispatch.ts'
import { createEvents, type EventListener } from './events.ts'
import { createHardware, type HardwareOptions } from './hardware.ts'
import type { Detect } from './hardwareReader.ts'
import { libraryDoor } from './libraryDoor.ts'
import { keepUp } from './libraryUpkeep.ts'
import { createOpenedFiles } from './openedFiles.ts'
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
  /** Reads a file that the user asked the system to open, and tells the window. */
  readonly openFile: (path: string) => void
  /** Starts samplers anew: after the computer slept, pipes and connections may be dead. */
  readonly wake: () => void
  /** Ends samplers and connections, and closes the library cleanly. */
  readonly close: () => void
}

export interface HostOptions {
  readonly mode: HostContext['mode']
  /** Where the library is kept; by default the platform's usual place. */
  readonly dataDirectory?: string | undefined
  readonly detect?: Detect | undefined
  /** Instead of the user's ssh, and of sampling this machine: for tests. */
  readonly remote?: HardwareOptions['remote'] | undefined
  readonly open?: HardwareOptions['open'] | undefined
}

export function createHost ({ mode, dataDirectory: directory = dataDirectory(), detect = detectHardware, remote, open }: HostOptions): Host {
  const events = createEvents()
  const files = createOpenedFiles(events)
  const library = libraryDoor(directory)
  const hardware = createHardware({ detect, events, ...remote === undefined ? {} : { remote }, ...open === undefined ? {} : { open } })
  const context: HostContext = { version: packageVersion(), mode, library, events, hardware, files }
  // Opened ahead of the first question, which then finds it ready. Why it fails is told to whoever asks.
  void library.use(() => {}).catch(() => {})
  const endUpkeep = keepUp(library, events)
  return {
    dispatch: (name, input) => dispatch(name, input, context),
    subscribe: events.subscribe,
    openFile: files.open,
    wake: hardware.monitor.restart,
    close: () => {
      endUpkeep()
      hardware.close()
      library.close()
    }
  }
}

function packageVersion (): string {
  const { version } = JSON.parse(readFileSync(path.join(installRoot(), 'package.json'), 'utf8')) as { version: string }
  return version
}
