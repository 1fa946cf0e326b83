import { describeHostError, type HostError, type MethodInput, type ScenarioSummary } from '#shared/contract/index.ts'
import { saveFile } from '../host/saveFile.ts'
import { host } from '../host/client.ts'
import { i18n } from '../i18n/index.ts'
import { useNoticeStore } from './noticeStore.ts'
import { useScenarioStore } from './scenarioStore.ts'
import { useSettingsStore } from './settingsStore.ts'

/*
 * What can be done to scenarios of the library, one or many: plain functions for rows, menus and commands. The list follows the
 * host's event; what failed is told as a notice.
 */

function tell (error: HostError): void {
  const unreachable = (error.details as { unreachable?: boolean } | undefined)?.unreachable
  const reason = unreachable ? i18n.global.t('error.unreachable') : describeHostError(error, useSettingsStore().locale)
  useNoticeStore().show('notice.libraryFailed', { kind: 'error', values: { reason } })
}

/** Stops at the first that fails. Returns those that were done. */
async function each (rows: readonly ScenarioSummary[], run: (row: ScenarioSummary) => Promise<{ ok: true } | { ok: false, error: HostError }>): Promise<ScenarioSummary[]> {
  const done: ScenarioSummary[] = []
  for (const row of rows) {
    const reply = await run(row)
    if (!reply.ok) {
      tell(reply.error)
      break
    }
    done.push(row)
  }
  return done
}

/** Opens it in the plan's place. Whether it could be. */
export async function openScenario (row: ScenarioSummary): Promise<boolean> {
  const error = await useScenarioStore().open(row.id)
  if (error) tell(error)
  return error === null
}

export async function trashScenarios (rows: readonly ScenarioSummary[]): Promise<void> {
  const scenarios = useScenarioStore()
  await scenarios.flush()
  const done = await each(rows, ({ id }) => host.invoke('scenario.delete', { id }))
  scenarios.forget(done.map(({ id }) => id))
  const [first] = done
  if (!first) return
  const undo = { label: 'action.undo' as const, run: () => void restoreScenarios(done) }
  if (done.length === 1) useNoticeStore().show('notice.deleted', { values: { name: first.name }, action: undo })
  else useNoticeStore().show('notice.deletedMany', { values: { count: done.length }, action: undo })
}

export const restoreScenarios = (rows: readonly ScenarioSummary[]): Promise<ScenarioSummary[]> => each(rows, ({ id }) => host.invoke('scenario.restore', { id }))

/** For good. Null: the whole trash. */
export async function purgeScenarios (rows: readonly ScenarioSummary[] | null): Promise<void> {
  const reply = await host.invoke('scenario.purge', { ids: rows && rows.map(({ id }) => id) })
  if (reply.ok) useNoticeStore().show('notice.purged', { values: { count: reply.value.removed } })
  else tell(reply.error)
}

export async function duplicateScenario (row: ScenarioSummary): Promise<void> {
  const reply = await host.invoke('scenario.duplicate', { id: row.id })
  if (reply.ok) useNoticeStore().show('notice.duplicated', { values: { name: reply.value.name } })
  else tell(reply.error)
}

export const annotateScenarios = (rows: readonly ScenarioSummary[], remarks: (row: ScenarioSummary) => Omit<MethodInput<'scenario.annotate'>, 'id'>): Promise<ScenarioSummary[]> =>
  each(rows, (row) => host.invoke('scenario.annotate', { id: row.id, ...remarks(row) }))

/** All of them become favourites, unless they all are: then none is. */
export function toggleFavourite (rows: readonly ScenarioSummary[]): Promise<ScenarioSummary[]> {
  const favourite = !rows.every((row) => row.favourite)
  return annotateScenarios(rows.filter((row) => row.favourite !== favourite), () => ({ favourite }))
}

export function addTag (rows: readonly ScenarioSummary[], tag: string): Promise<ScenarioSummary[]> {
  const name = tag.trim().slice(0, 40)
  return name === '' ? Promise.resolve([]) : annotateScenarios(rows.filter(({ tags }) => !tags.includes(name) && tags.length < 20), ({ tags }) => ({ tags: [...tags, name] }))
}

export const removeTag = (rows: readonly ScenarioSummary[], tag: string): Promise<ScenarioSummary[]> =>
  annotateScenarios(rows.filter(({ tags }) => tags.includes(tag)), ({ tags }) => ({ tags: tags.filter((one) => one !== tag) }))

/** Offers them as one document to keep; null: all outside the trash. */
export async function exportScenarios (rows: readonly ScenarioSummary[] | null): Promise<void> {
  await useScenarioStore().flush()
  const reply = await host.invoke('library.export', { ids: rows && rows.map(({ id }) => id) })
  if (!reply.ok) {
    tell(reply.error)
    return
  }
  const { fileName, text, leftOut } = reply.value
  // The ending that the desktop app opens: a system goes by the last one only, and `.json` belongs to others.
  saveFile(fileName.replace(/\.headroom\.json$/, '.headroom'), text, 'application/json')
  if (leftOut > 0) useNoticeStore().show('notice.leftOut', { kind: 'error', values: { count: leftOut } })
}

/** Offers the whole library, trash and history included, as a library file. */
export async function copyLibrary (): Promise<void> {
  await useScenarioStore().flush()
  const reply = await host.invoke('library.copy', {})
  if (!reply.ok) {
    tell(reply.error)
    return
  }
  const bytes = Uint8Array.from(atob(reply.value.base64), (letter) => letter.charCodeAt(0))
  saveFile(reply.value.fileName, new Blob([bytes]), 'application/vnd.sqlite3')
}

/** Makes an earlier version the present one, as a new version; where it is open, the plan follows and can be undone. */
export async function revertScenario (row: ScenarioSummary, number: number): Promise<void> {
  const scenarios = useScenarioStore()
  await scenarios.flush()
  const reply = await host.invoke('scenario.revert', { id: row.id, number })
  if (!reply.ok) {
    tell(reply.error)
    return
  }
  scenarios.replaced(reply.value)
  useNoticeStore().show('notice.reverted', { values: { name: reply.value.name, number } })
}
