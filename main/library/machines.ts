import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { MachineDraftSchema, type Machine, type MachineDraft } from '#shared/contract/index.ts'
import type { Database } from './driver.ts'
import { LibraryError } from './libraryError.ts'

interface Row { id: string, machine: string, created_at: string, updated_at: string }

const COLUMNS = 'id, machine, created_at, updated_at'

/** The saved machines by name. One that this version cannot read is left out, and stays in the file. */
export function listMachines (db: Database): Machine[] {
  return db.prepare<[], Row>(`SELECT ${COLUMNS} FROM machines ORDER BY name COLLATE NOCASE, rowid`).all().flatMap(row => read(row) ?? [])
}

/** Creates when `id` is null, else replaces. When it returns, the machine is on the disk. */
export function saveMachine (db: Database, id: string | null, machine: MachineDraft, now: Date): Machine {
  return db.transaction(() => {
    const saved = id ?? randomUUID()
    const columns = { id: saved, name: machine.name, machine: JSON.stringify(machine), now: now.toISOString() }
    const statement = id === null
      ? 'INSERT INTO machines (id, name, machine, created_at, updated_at) VALUES (@id, @name, @machine, @now, @now)'
      : 'UPDATE machines SET name = @name, machine = @machine, updated_at = @now WHERE id = @id'
    if (db.prepare(statement).run(columns).changes === 0) throw missing(saved)
    return read(db.prepare<[string], Row>(`SELECT ${COLUMNS} FROM machines WHERE id = ?`).get(saved)!)!
  }).immediate()
}

export function removeMachine (db: Database, id: string): void {
  if (db.prepare('DELETE FROM machines WHERE id = ?').run(id).changes === 0) throw missing(id)
}

const missing = (id: string): LibraryError<'machine-not-found'> => new LibraryError('machine-not-found', `No machine ${id} in the library.`, { id })

function read (row: Row): Machine | null {
  const parsed = v.safeParse(MachineDraftSchema, JSON.parse(row.machine))
  return parsed.success ? { id: row.id, machine: parsed.output, createdAt: row.created_at, updatedAt: row.updated_at } : null
}
