import * as v from 'valibot'
import { MachineIdSchema, MachineRefSchema } from './machines.ts'

/* What a plan is judged against, by reference: the saved scenario says which machines and cards, not how full they were. */

const deviceKey = v.pipe(v.string(), v.maxLength(300))

export const TargetSourceSchema = v.variant('kind', [
  /** A machine that can be looked at. `devices`: those chosen, by key as in the target device's id; null: all that it has. */
  v.strictObject({ kind: v.literal('machine'), machine: MachineRefSchema, devices: v.nullable(v.pipe(v.array(deviceKey), v.maxLength(1024))) }),
  /** A card of the catalog. */
  v.strictObject({ kind: v.literal('catalog'), gpuId: v.pipe(v.string(), v.maxLength(200)) }),
  /** A saved machine on paper. */
  v.strictObject({ kind: v.literal('paper'), id: MachineIdSchema })
])

const reserve = v.pipe(v.number(), v.minValue(0), v.maxValue(0.95))

const CurrentSchema = v.strictObject({
  sources: v.pipe(v.array(TargetSourceSchema), v.maxLength(64)),
  /** free: what other processes leave now; total: as if nothing else used the cards. */
  memory: v.picklist(['free', 'total']),
  reserve
})

/** As libraries before version 2 kept it. */
const FirstSchema = v.pipe(
  v.strictObject({ kind: v.picklist(['machine', 'catalog']), gpuIds: v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(63)), reserve }),
  v.transform(({ kind, gpuIds, reserve: kept }): SavedTarget => ({
    sources: [
      ...kind === 'machine' ? [{ kind: 'machine' as const, machine: 'local' as const, devices: null }] : [],
      ...gpuIds.map((gpuId) => ({ kind: 'catalog' as const, gpuId }))
    ],
    memory: 'free',
    reserve: kept
  }))
)

/** Reads every version, gives the current one. */
export const SavedTargetSchema = v.union([CurrentSchema, FirstSchema])

export type SavedTarget = v.InferOutput<typeof CurrentSchema>
export type TargetSource = v.InferOutput<typeof TargetSourceSchema>
