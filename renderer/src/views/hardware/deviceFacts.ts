import { findGpu } from '#shared/catalog/index.ts'
import type { DetectedGpu } from '#shared/contract/index.ts'
import type { MessageKey, Translate } from '../../i18n/index.ts'

export interface Fact {
  readonly label: MessageKey
  readonly value: string
}

type Describe = (gpu: DetectedGpu, t: Translate) => string | null

/** Worth telling when there is no entry, or when it goes by another name. */
function catalogName ({ catalogId, name }: DetectedGpu, t: Translate): string | null {
  if (catalogId === null) return t('gpu.unknownToCatalog')
  const entry = findGpu(catalogId)?.name ?? catalogId
  return entry === name ? null : entry
}

/** What there is to say of a device, in this order. Null: not known, and not shown. */
const FACTS: readonly (readonly [MessageKey, Describe])[] = [
  ['gpu.computeCapability', (gpu) => gpu.computeCapability],
  ['gpu.architecture', (gpu) => gpu.architecture],
  ['gpu.ecc', (gpu, t) => gpu.eccEnabled === null ? null : t(gpu.eccEnabled ? 'gpu.on' : 'gpu.off')],
  ['gpu.display', (gpu, t) => gpu.displayActive === null ? null : t(gpu.displayActive ? 'gpu.inUse' : 'gpu.notInUse')],
  ['gpu.mig', (gpu, t) => gpu.mig === null ? null : gpu.mig.enabled ? t('gpu.migInstances', { count: gpu.mig.instances }) : t('gpu.off')],
  ['gpu.driverModel', (gpu) => gpu.driverModel],
  ['gpu.computeMode', (gpu) => gpu.computeMode === 'Default' ? null : gpu.computeMode],
  ['gpu.bus', (gpu) => gpu.pciBusId?.replace(/^0{4}(?=[0-9a-f]{4}:)/i, '') ?? null],
  ['gpu.catalog', catalogName],
  ['gpu.memorySource', (gpu) => gpu.memorySource === 'nvidia-smi' ? null : gpu.memorySource]
]

export const deviceFacts = (gpu: DetectedGpu, t: Translate): Fact[] => FACTS.flatMap(([label, describe]) => {
  const value = describe(gpu, t)
  return value === null ? [] : [{ label, value }]
})

/** What sets a device apart at a glance. */
export function deviceMarks (gpu: DetectedGpu): MessageKey[] {
  return [
    ...gpu.kind === 'gpu' ? [] : [`gpu.kind.${gpu.kind}` as const],
    ...gpu.unifiedMemory && gpu.kind !== 'unified' ? ['gpu.kind.unified' as const] : [],
    ...gpu.mig?.enabled ? ['gpu.migOn' as const] : [],
    ...gpu.displayActive ? ['gpu.displayOn' as const] : [],
    ...gpu.asleep ? ['gpu.asleep' as const] : []
  ]
}
