import type { Bytes } from '../units/index.ts'

export type GpuVendor =
  'nvidia' | 'amd' | 'intel' | 'apple' | 'huawei' | 'habana' | 'google' | 'aws' | 'moorethreads' | 'metax' | 'hygon' |
  'thead' | 'cambricon' | 'iluvatar' | 'kunlunxin' | 'enflame' | 'biren'

/** An accelerator as sold. Null is "not known"; no figure is invented. */
export interface CatalogGpu {
  readonly id: string
  /** Tells variants apart that a driver reports under one name. */
  readonly name: string
  /** Product names as the vendor's tools print them. */
  readonly reportedNames: readonly string[]
  readonly vendor: GpuVendor
  readonly architecture: string
  /** CUDA compute capability `8.0`. */
  readonly computeCapability: string | null
  /** AMD's target, `gfx942`. */
  readonly gfxTarget?: string
  readonly memory: GpuMemory
  /** CPU and GPU share one memory. */
  readonly unifiedMemory: boolean
  /** The chip is sold with different amounts of memory; the nominal size is the largest. */
  readonly configurableMemory?: boolean
  /** Software shows the card as that many devices. Memory is of one device, the rates are of the whole card. */
  readonly devicesPerCard?: number
  /** Memory bandwidth, bytes per second. */
  readonly bandwidth: number | null
  readonly tflops: Tflops
  /** NVLink of one GPU, both directions together, bytes per second. */
  readonly nvlinkBandwidth: number | null
  readonly year: number | null
  readonly pciDeviceIds?: readonly string[]
  /** Figures nobody checked against a source. Show them as unverified only; they decide nothing but which name is meant. */
  readonly recalled?: RecalledFigures
}

/** Where a card's figures come from, and what no estimate needs. */
export interface GpuRecord {
  /** Short names, which the legend explains. */
  readonly sources: readonly string[]
  /** Rates computed from fp32 by the ratio of the architecture. */
  readonly tflopsDerived?: readonly (keyof Tflops)[]
  readonly powerWatts: number | null
  readonly pcieGeneration: number | null
  readonly notes?: string
}

export interface GpuMemory {
  /** The total that the vendor's tool prints on a real machine, or its usual one of several (ECC, driver). */
  readonly reportedBytes: Bytes | null
  /** The size it is sold with, taken as GiB: marketing, up to 7 % above what a process gets. */
  readonly nominalBytes: Bytes | null
  /** The total that CUDA shows a process, the driver's own part taken off. */
  readonly cudaBytes: Bytes | null
  readonly sizesSeen: readonly SeenSize[]
}

export interface SeenSize {
  readonly bytes: Bytes
  /** `capture`, `lookup` or an address. */
  readonly source: string
  /** What it depends on: `ECC on`, `drivers before r510`. */
  readonly note?: string
  /** Of these bytes, what nvidia-smi showed as reserved. */
  readonly reservedBytes?: readonly Bytes[]
}

/** Dense rates in 10¹² operations per second, accumulating in fp32. */
export interface Tflops {
  readonly bf16: number | null
  readonly fp16: number | null
  readonly fp32: number | null
  readonly fp8: number | null
  readonly int8: number | null
}

/** In the units of the checked figures. */
export interface RecalledFigures {
  readonly reportedBytes?: readonly Bytes[]
  readonly nominalBytes?: Bytes
  readonly bandwidth?: number
  readonly tflops?: { readonly [kind in keyof Tflops]?: number }
  readonly nvlinkBandwidth?: number
  readonly powerWatts?: number
  readonly pcieGeneration?: number
  readonly year?: number
}
