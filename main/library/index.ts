import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { LibraryNotice, Machine, MachineDraft, MeasuredRun, MeasuredRunDraft, MeasuredRunSummary, Scenario, ScenarioDraft, ScenarioSummary } from '#shared/contract/index.ts'
import { loadDriver } from './driver.ts'
import { toLibraryError } from './libraryError.ts'
import { listMachines, removeMachine, saveMachine } from './machines.ts'
import { listRuns, openRun, removeRun, saveRun } from './measuredRuns.ts'
import { closeDatabase } from './open.ts'
import { openOrRecover } from './recovery.ts'
import { deleteScenario, listScenarios, openScenario, renameScenario, restoreScenario, saveScenario } from './scenarios.ts'
import { takeWriterLock } from './writerLock.ts'

export { dataDirectory } from './dataDirectory.ts'
export { LibraryError } from './libraryError.ts'

/** The saved scenarios, machines and measured runs of one user. Every failure that can be explained is thrown as a LibraryError. */
export interface Library {
  readonly path: string
  /** What happened on opening, null when nothing worth telling. */
  readonly notice: LibraryNotice | null
  list (): ScenarioSummary[]
  open (id: string): Scenario
  /** Creates when `id` is null, else replaces. When it returns, the scenario is on the disk. */
  save (id: string | null, draft: ScenarioDraft): Scenario
  rename (id: string, name: string): ScenarioSummary
  delete (id: string): void
  restore (id: string): ScenarioSummary
  listMachines (): Machine[]
  /** Creates when `id` is null, else replaces. */
  saveMachine (id: string | null, machine: MachineDraft): Machine
  removeMachine (id: string): void
  /** Of a scenario, newest first. */
  listRuns (scenarioId: string): MeasuredRunSummary[]
  openRun (id: string): MeasuredRun
  saveRun (draft: MeasuredRunDraft): MeasuredRunSummary
  removeRun (id: string): void
  /** Backs up what changed and closes. */
  close (): void
}

export const libraryFile = (directory: string): string => path.join(directory, 'library.db')

/**
 * Opens the library of a data directory, making both when missing. Throws library-busy while another process has it open,
 * library-newer for a file of a later version, library-read-only and library-unusable where it cannot be kept.
 */
export async function openLibrary (directory: string, now: () => Date = () => new Date()): Promise<Library> {
  const file = libraryFile(directory)
  const driver = await loadDriver()
  const translated = <T>(run: () => T): T => {
    try {
      return run()
    } catch (error) {
      throw toLibraryError(error, file)
    }
  }
  return translated(() => {
    mkdirSync(directory, { recursive: true })
    const lock = takeWriterLock(driver, file)
    try {
      const { db, notice } = openOrRecover(driver, file, now())
      return {
        path: file,
        notice,
        list: () => translated(() => listScenarios(db)),
        open: id => translated(() => openScenario(db, id)),
        save: (id, draft) => translated(() => saveScenario(db, id, draft, now())),
        rename: (id, name) => translated(() => renameScenario(db, id, name, now())),
        delete: id => { translated(() => { deleteScenario(db, id, now()) }) },
        restore: id => translated(() => restoreScenario(db, id, now())),
        listMachines: () => translated(() => listMachines(db)),
        saveMachine: (id, machine) => translated(() => saveMachine(db, id, machine, now())),
        removeMachine: id => { translated(() => { removeMachine(db, id) }) },
        listRuns: scenarioId => translated(() => listRuns(db, scenarioId)),
        openRun: id => translated(() => openRun(db, id)),
        saveRun: draft => translated(() => saveRun(db, draft, now())),
        removeRun: id => { translated(() => { removeRun(db, id) }) },
        close: () => {
          try {
            translated(() => { closeDatabase(driver, db, file, now()) })
          } finally {
            lock.release()
          }
        }
      }
    } catch (error) {
      lock.release()
      throw error
    }
  })
}
