import type { DetectedGpu } from '#shared/contract/index.ts'
import { alignColumns } from '#shared/report/index.ts'
import { bytes, formatGib, type Locale } from '#shared/units/index.ts'
import type { Terminal } from './terminal.ts'

interface Column {
  readonly head: readonly [en: string, zh: string]
  readonly align: 'left' | 'right'
  readonly cell: (gpu: DetectedGpu) => string | null
  /** Of a MIG slice of the card. */
  readonly slice?: (slice: NonNullable<DetectedGpu['mig']>['slices'][number]) => string
}

/** Devices with their memory and sensors, MIG slices below their card. Columns of which nothing is known are left out. */
export function gpuTable (gpus: readonly DetectedGpu[], { say, paint, locale }: Terminal): string[] {
  const size = (b: number | null): string => sizeOf(b, locale)
  const columns: readonly Column[] = [
    { head: ['#', '#'], align: 'right', cell: (gpu) => String(gpu.index) },
    { head: ['GPU', 'GPU'], align: 'left', cell: (gpu) => gpu.name.replaceAll(/\p{Cc}/gu, '?'), slice: ({ gpuInstance, profile }) => `  MIG ${profile ?? gpuInstance}` },
    { head: ['Total', '总显存'], align: 'right', cell: (gpu) => size(gpu.memory.totalBytes), slice: ({ memory }) => size(memory.totalBytes) },
    { head: ['In use', '已用'], align: 'right', cell: (gpu) => size(gpu.memory.usedBytes), slice: ({ memory }) => size(memory.usedBytes) },
    { head: ['Free', '剩余'], align: 'right', cell: (gpu) => size(gpu.memory.freeBytes), slice: ({ memory }) => size(memory.freeBytes) },
    { head: ['Compute', '计算能力'], align: 'right', cell: (gpu) => gpu.computeCapability ?? (gpu.vendor === 'nvidia' ? '?' : gpu.architecture ?? '?') },
    { head: ['Load', '负载'], align: 'right', cell: ({ utilization }) => utilization === null ? null : `${Math.round(utilization * 100)}%` },
    { head: ['Temp.', '温度'], align: 'right', cell: ({ temperatureC }) => temperatureC === null ? null : `${Math.round(temperatureC)} °C` },
    { head: ['Power', '功耗'], align: 'right', cell: ({ powerWatts, powerLimitWatts }) => powerWatts === null ? null : `${Math.round(powerWatts)}${powerLimitWatts === null ? '' : `/${Math.round(powerLimitWatts)}`} W` },
    { head: ['', ''], align: 'left', cell: (gpu) => paint('faint', traits(gpu, say)) }
  ]
  const shown = columns.filter((column) => gpus.some((gpu) => column.cell(gpu) !== null))
  const rows = gpus.flatMap((gpu) => [
    shown.map((column) => column.cell(gpu) ?? '?'),
    ...(gpu.mig?.enabled ? gpu.mig.slices : []).map((slice) => shown.map((column) => column.slice?.(slice) ?? ''))
  ])
  return alignColumns([shown.map((column) => paint('faint', say(...column.head))), ...rows], shown.map((column) => column.align))
}

function traits (gpu: DetectedGpu, say: Terminal['say']): string {
  return [
    ...gpu.asleep ? [say('asleep', '休眠')] : [],
    ...gpu.memorySource === 'catalog' ? [say('total from the catalog', '总量取自目录')] : [],
    ...gpu.kind === 'integrated' ? [say('built into the processor', '处理器内置')] : [],
    ...gpu.kind === 'vgpu' ? [say('virtual', '虚拟')] : [],
    ...gpu.displayActive ? [say('drives a display', '连接显示器')] : [],
    ...gpu.unifiedMemory ? [say('shares the machine’s memory', '与系统共用内存')] : [],
    ...gpu.mig?.enabled ? [say('divided by MIG', '已用 MIG 划分')] : [],
    ...gpu.driverModel === null ? [] : [gpu.driverModel],
    ...gpu.processes === null ? [say('processes not visible', '进程不可见')] : []
  ].join(say(', ', '、'))
}

const sizeOf = (b: number | null, locale: Locale): string => b === null ? '?' : formatGib(bytes(b), locale)
