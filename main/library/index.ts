import { mkdirSync, statSync } from 'node:fs'
import path from 'node:path'
import type {
  ImportEntry, LibraryNotice, Machine, MachineDraft, MeasuredRun, MeasuredRunDraft, MeasuredRunSummary, MethodOutput, Revision, Scenario, ScenarioDraft, ScenarioFacets, ScenarioPage,
  ScenarioQuery, ScenarioSummary
} from '#shared/contract/index.ts'
import { listBackups } from './backup.ts'
import { loadDriver } from './driver.ts'
import { exportScenarios, importScenarios, previewImport, type ExportedDocument } from './exchange.ts'
import { toLibraryError } from './libraryError.ts'
import { listMachines, removeMachine, saveMachine } from './machines.ts'
import { listRuns, openRun, removeRun, saveRun } from './measuredRuns.ts'
import { closeDatabase } from './open.ts'
import { facetsOf, queryScenarios } from './query.ts'
import { openOrRecover } from './recovery.ts'
import { annotateScenario, duplicateScenario, type Remarks } from './remarks.ts'
import { listRevisions, openRevision, revert } from './revisions.ts'
import { deleteScenario, openScenario, purgeScenarios, renameScenario, restoreScenario, saveScenario } from './scenarios.ts'
import { takeWriterLock } from './writerLock.ts'

export { dataDirectory } from './dataDirectory.ts'
export { LibraryError } from './libraryError.ts'

/** The saved scenarios, machines and measured runs of one user. Every failure that can be explained is thrown as a LibraryError. */
export interface Library {
  readonly path: string
  /** What happened on opening, null when nothing worth telling. */
  readonly notice: LibraryNotice | null
  query (query: ScenarioQuery): ScenarioPage
  facets (): ScenarioFacets
  open (id: string): Scenario
  /** Creates when `id` is null, else replaces. When it returns, the scenario is on the disk. */
  save (id: string | null, draft: ScenarioDraft): Scenario
  rename (id: string, name: string): ScenarioSummary
  delete (id: string): void
  restore (id: string): ScenarioSummary
  /** Removes what is in the trash for good; null: all of it. */
  purge (ids: readonly string[] | null): number
  duplicate (id: string): Scenario
  annotate (id: string, remarks: Remarks): ScenarioSummary
  /** Every saved state, newest first. */
  revisions (id: string): Revision[]
  openRevision (id: string, number: number): ScenarioDraft
  revert (id: string, number: number): Scenario
  export (ids: readonly string[] | null): ExportedDocument
  previewImport (text: string): ImportEntry[]
  import (text: string, entries: readonly { readonly index: number, readonly name: string }[]): ScenarioSummary[]
  state (): MethodOutput<'library.state'>
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
        query: query => translated(() => queryScenarios(db, query)),
        facets: () => translated(() => facetsOf(db)),
        open: id => translated(() => openScenario(db, id)),
        save: (id, draft) => translated(() => saveScenario(db, id, draft, now())),
        rename: (id, name) => translated(() => renameScenario(db, id, name, now())),
        delete: id => { translated(() => { deleteScenario(db, id, now()) }) },
        restore: id => translated(() => restoreScenario(db, id, now())),
        purge: ids => translated(() => purgeScenarios(db, ids)),
        duplicate: id => translated(() => duplicateScenario(db, id, now())),
        annotate: (id, remarks) => translated(() => annotateScenario(db, id, remarks)),
        revisions: id => translated(() => listRevisions(db, id)),
        openRevision: (id, number) => translated(() => openRevision(db, id, number)),
        revert: (id, number) => translated(() => revert(db, id, number, now())),
        export: ids => translated(() => exportScenarios(db, ids, now())),
        previewImport: text => translated(() => previewImport(db, text)),
        import: (text, entries) => translated(() => importScenarios(db, text, entries, now())),
        state: () => translated(() => ({
          path: file,
          bytes: statSync(file).size,
          backups: listBackups(file).map(backup => ({ name: path.basename(backup.file), madeAt: backup.madeAt.toISOString(), bytes: statSync(backup.file).size }))
        })),
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
