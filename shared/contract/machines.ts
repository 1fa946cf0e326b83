import * as v from 'valibot'

/* The machines a plan can be judged against: this one, remote ones over ssh, and machines on paper. */

/**
 * An ssh destination as the user's own OpenSSH configuration knows it: alias, host name or user@host. What could be taken for
 * an option or for shell syntax is no destination.
 */
export const SshHostSchema = v.pipe(v.string(), v.maxLength(255), v.regex(/^[A-Za-z0-9_][A-Za-z0-9._@:%-]*$/))

/** `local`, or `ssh:` with the destination. */
export const MachineRefSchema = v.union([
  v.literal('local'),
  v.pipe(v.string(), v.maxLength(260), v.regex(/^ssh:[A-Za-z0-9_][A-Za-z0-9._@:%-]*$/))
])

const byteCount = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 50))

/** Equal devices of a machine on paper: of the catalog, with another memory size if wanted, or named and sized by the user. */
export const PaperDevicesSchema = v.strictObject({
  gpuId: v.nullable(v.pipe(v.string(), v.maxLength(200))),
  name: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(200)),
  /** Of one device; null: as the catalog says. */
  memoryBytes: v.nullable(v.pipe(byteCount, v.minValue(1))),
  count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1024))
})

export const MachineDraftSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('remote'),
    name: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(200)),
    host: SshHostSchema,
    /** Look at it when Headroom starts. Off unless the user ticks it: nothing connects by itself. */
    connectAtStart: v.boolean()
  }),
  v.strictObject({
    kind: v.literal('paper'),
    name: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(200)),
    devices: v.pipe(v.array(PaperDevicesSchema), v.minLength(1), v.maxLength(64)),
    ramBytes: v.nullable(byteCount),
    diskBytes: v.nullable(byteCount)
  })
])

export const MachineIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-f-]{36}$/))
export const MachineSchema = v.strictObject({ id: MachineIdSchema, machine: MachineDraftSchema, createdAt: v.string(), updatedAt: v.string() })

export type MachineRef = v.InferOutput<typeof MachineRefSchema>
export type PaperDevices = v.InferOutput<typeof PaperDevicesSchema>
export type MachineDraft = v.InferOutput<typeof MachineDraftSchema>
export type Machine = v.InferOutput<typeof MachineSchema>
