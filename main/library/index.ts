import { mkdirSync, statSync } from 'node:fs'
import path from 'node:path'
import type {
  ImportEntry, LibraryNotice, Machine, MachineDraft, MeasuredRun, MeasuredRunDraft, MeasuredRunSummary, MethodOutput, Revision, Scenario, ScenarioDraft, ScenarioFacets, ScenarioPage,
  ScenarioQuery, ScenarioSummary
} from '#shared/contract/index.ts'
import { backUp, isDue, listBackups, type Backup } from './backup.ts'
import { loadDriver } from './driver.ts'
import { copyLibrary, type LibraryCopy } from './copy.ts'
import { exportScenarios, type ExportedDocument } from './exchange/exportScenarios.ts'
import { importScenarios, previewImport } from './exchange/importScenarios.ts'
import { readImport } from './exchange/libraryDocument.ts'
import { isDamage, toLibraryError } from './libraryError.ts'
import { facetsOf } from './facets.ts'
import { listMachines, removeMachine, saveMachine } from './machines.ts'
import { listRuns, openRun, removeRun, saveRun } from './measuredRuns.ts'
import { fillNextNeed } from './needs.ts'
import { closeDatabase, keepGoodState, suspect } from './open.ts'
import { queryScenarios } from './query.ts'
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
  /** The id of the scenario with exactly this name, outside the trash. */
  idOf (name: string): string | null
  open (id: string): Scenario
  /**
   * Creates when `id` is null, else replaces. When it returns, the scenario is on the disk. `needBytes`: what the caller estimated
   * (null: it has no estimate); left out, `fillNextNeed` estimates it later.
   */
  save (id: string | null, draft: ScenarioDraft, needBytes?: number | null): Scenario
  /** Estimates what one scenario needs that was saved without; false when none is left. */
  fillNextNeed (): boolean
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
  /** Throws too-large beyond `most` characters. */
  export (ids: readonly string[] | null, most?: number): ExportedDocument
  previewImport (text: string): ImportEntry[]
  import (text: string, entries: readonly { readonly index: number, readonly name: string }[]): ScenarioSummary[]
  /** The whole library as one checked file. Throws too-large beyond `most` bytes. */
  copy (most?: number): LibraryCopy
  backUpNow (): MethodOutput<'library.backupNow'>
  /** Backs up when the newest backup is a day old and something changed since. True when it did. */
  backUpWhenDue (): boolean
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

const described = ({ file, madeAt }: Backup): MethodOutput<'library.backupNow'> => ({ name: path.basename(file), madeAt: madeAt.toISOString(), bytes: statSync(file).size })

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
      if (isDamage(error)) suspect(file)
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
        idOf: name => translated(() => db.prepare<[string], string>('SELECT id FROM scenarios WHERE name = ? AND deleted_at IS NULL').pluck().get(name) ?? null),
        open: id => translated(() => openScenario(db, id)),
        save: (id, draft, needBytes) => translated(() => saveScenario(db, id, draft, now(), needBytes)),
        fillNextNeed: () => translated(() => fillNextNeed(db)),
        rename: (id, name) => translated(() => renameScenario(db, id, name, now())),
        delete: id => { translated(() => { deleteScenario(db, id, now()) }) },
        restore: id => translated(() => restoreScenario(db, id, now())),
        purge: ids => translated(() => purgeScenarios(db, ids)),
        duplicate: id => translated(() => duplicateScenario(db, id, now())),
        annotate: (id, remarks) => translated(() => annotateScenario(db, id, remarks)),
        revisions: id => translated(() => listRevisions(db, id)),
        openRevision: (id, number) => translated(() => openRevision(db, id, number)),
        revert: (id, number) => translated(() => revert(db, id, number, now())),
        export: (ids, most) => translated(() => exportScenarios(db, ids, now(), most)),
        previewImport: text => translated(() => previewImport(db, readImport(driver, text, now()))),
        import: (text, chosen) => translated(() => {
          const entries = readImport(driver, text, now())
          keepGoodState(driver, db, file, now())
          return importScenarios(db, entries, chosen, now())
        }),
        copy: most => translated(() => copyLibrary(driver, db, file, now(), most)),
        backUpNow: () => translated(() => described(backUp(driver, db, file, now()))),
        backUpWhenDue: () => translated(() => {
          if (!isDue(file, now())) return false
          const before = listBackups(file)[0]?.file
          keepGoodState(driver, db, file, now())
          return listBackups(file)[0]?.file !== before
        }),
        state: () => translated(() => ({ path: file, bytes: statSync(file).size, backups: listBackups(file).map(described) })),
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
