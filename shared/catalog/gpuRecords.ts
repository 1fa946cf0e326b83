import data from './data/gpuRecords.json' with { type: 'json' }
import type { GpuRecord } from './gpu.ts'

/** Where the figures of each card come from, by its id. Apart from the cards: no estimate needs it. */
export const gpuRecords: Readonly<Record<string, GpuRecord>> = data.gpus

/** What each short name of a source stands for. */
export const gpuSourceLegend: Readonly<Record<string, string>> = data.legend
