import type { GpuRecord } from '../gpu.ts'

declare const gpuRecords: { readonly legend: Readonly<Record<string, string>>, readonly gpus: Readonly<Record<string, GpuRecord>> }
export default gpuRecords
