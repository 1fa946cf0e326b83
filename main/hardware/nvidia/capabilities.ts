import type { DetectedGpu } from '#shared/contract/index.ts'
import { readQuery, textOf } from './query.ts'

/**
 * Adds compute capabilities from `nvidia-smi --query-gpu=uuid,compute_cap`, matched by UUID, else by place when both list as
 * many cards. Drivers before 495 refuse the field: the catalog helps later.
 */
export function withCapabilities (gpus: readonly DetectedGpu[], output: string): DetectedGpu[] {
  const rows = readQuery(output, ['uuid', 'compute_cap']).map((row) => ({ uuid: textOf(row, 'uuid'), capability: textOf(row, 'compute_cap') }))
    .filter(({ uuid }) => uuid !== null && /^GPU-/.test(uuid))
  return gpus.map((gpu, i) => {
    const own = gpu.uuid === null ? [] : rows.filter((row) => row.uuid === gpu.uuid)
    const row = own.length === 1 ? own[0] : rows.length === gpus.length ? rows[i] : undefined
    return row !== undefined && /^\d{1,2}\.\d$/.test(row.capability ?? '') ? { ...gpu, computeCapability: row.capability } : gpu
  })
}
