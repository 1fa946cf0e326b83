import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as v from 'valibot'
import { DetectedGpuSchema, FindingSchema, type DetectedGpu } from '#shared/contract/index.ts'
import { gpus as catalog } from '#shared/catalog/index.ts'
import { AMD_SMI_MEMORY, AMD_SMI_STATIC } from './amd/amdSmi.ts'
import { ROCM_SMI } from './amd/probes.ts'
import { detect } from './detect.ts'
import type { Evidence } from './evidence.ts'
import { evidenceOf } from './fixtures/evidence.ts'
import { systemFiles, vendorCapture, vendorCaptures } from './fixtures/vendorCaptures.ts'
import { XPU_SMI_DUMP, XPU_SMI_LIST, XPU_SMI_TABLE } from './intel/probes.ts'
import { DISPLAYS, SYSCTL } from './apple/probes.ts'
import { VENDOR_SUPPORT } from './vendors.ts'
import { WINDOWS_ADAPTERS } from './windows/index.ts'

type Edit = { readonly at: number, readonly length: number, readonly insert: string }

const snippet = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '|', '\n', '\n|', 'N/A', '-', 'null', '99999999999999999999', '-1', '1e308', '0x', '\u0000', '\uD800', '\u001B[31m', '12345 / 99999', 'MiB', '"gpu": 7', '| 9 X | 0000:01:00.0 |',
    '"VRAM Total Memory (B)": "123"', 'size_in_bytes 77\n', '"value": 5, "unit": "GB"', '4293918720')
)
const edits: fc.Arbitrary<Edit[]> = fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.nat({ max: 60 }), insert: snippet }), { minLength: 1, maxLength: 8 })

const mutate = (text: string, changes: readonly Edit[]): string => changes.reduce((current, { at, length, insert }) => {
  const start = Math.floor(at * current.length)
  return current.slice(0, start) + insert + current.slice(start + length)
}, text)

/** Every whole number in the text, in the units that tools write sizes in; decimals of MiB as well. */
function figuresIn (texts: readonly string[]): Set<number> {
  const found = new Set<number>()
  for (const text of texts) {
    for (const [digits] of text.matchAll(/\d+(?:\.\d+)?/g)) {
      for (const unit of [1, 1024, 1024 ** 2]) found.add(Math.round(Number(digits) * unit))
    }
  }
  return found
}

const CATALOG_TOTALS = new Set(catalog.flatMap(({ memory }) => [memory.reportedBytes, memory.nominalBytes]))

const text = vendorCaptures('{amd,intel,apple,ascend,hygon,windows,other}/**/*.{txt,csv,json}').filter((file) => !/sysfs|kfd|manifest|rocminfo/.test(file)).map(vendorCapture)
const runs = [AMD_SMI_STATIC, AMD_SMI_MEMORY, ROCM_SMI, XPU_SMI_LIST, XPU_SMI_DUMP, XPU_SMI_TABLE, 'npu-smi info', 'npu-smi info -m', 'hl-smi', 'mthreads-gmi', 'mx-smi', 'mx-smi topo -n', 'ixsmi', 'xpu_smi', DISPLAYS, SYSCTL, WINDOWS_ADAPTERS]
const systems = fc.constantFrom<Evidence['system']>('linux', 'linux', 'darwin', 'win32')

function check (evidence: Evidence, texts: readonly string[]): void {
  const { gpus, findings } = detect(evidence, VENDOR_SUPPORT, new Date(0))
  const figures = figuresIn(texts)
  for (const gpu of gpus) {
    v.parse(DetectedGpuSchema, gpu)
    expect(sourceOfTotal(gpu, figures, evidence)).toBe(true)
    const { totalBytes, usedBytes, freeBytes } = gpu.memory
    if (totalBytes === 0) throw new Error('unknown is never 0')
    if (totalBytes !== null && usedBytes !== null) expect(usedBytes).toBeLessThanOrEqual(totalBytes)
    if (totalBytes !== null && freeBytes !== null) expect(freeBytes).toBeLessThanOrEqual(totalBytes)
    if (usedBytes !== null && !gpu.unifiedMemory && gpu.memorySource !== 'xpu-smi') expect(figures).toContain(usedBytes)
  }
  for (const finding of findings) v.parse(FindingSchema, finding)
  expect(gpus.length + findings.length).toBeGreaterThan(0)
  expect(new Set(gpus.map((gpu) => gpu.key)).size).toBe(gpus.length)
}

/** A total stands in the text, or is the catalog's, or the known share of the RAM, or the sum of the two parts of an APU's pool. */
function sourceOfTotal ({ memory: { totalBytes }, memorySource, unifiedMemory }: DetectedGpu, figures: ReadonlySet<number>, { host }: Evidence): boolean {
  if (totalBytes === null) return true
  if (memorySource === 'catalog') return CATALOG_TOTALS.has(totalBytes as never)
  if (memorySource === 'estimate') return [...figures, host.ramTotalBytes].some((ram) => Math.floor(ram * 0.67) === totalBytes)
  if (figures.has(totalBytes) || totalBytes === host.ramTotalBytes) return true
  return unifiedMemory && [...figures].some((part) => figures.has(totalBytes - part))
}

it('damaged answers of tools: no throw, nothing invented', () => {
  fc.assert(fc.property(fc.constantFrom(...text), fc.constantFrom(...runs), systems, edits, fc.double({ min: 0, max: 1, noNaN: true }), (capture, run, system, changes, cut) => {
    const edited = mutate(capture, changes)
    const stdout = cut < 0.3 ? edited.slice(0, Math.floor(edited.length * (0.3 + cut))) : edited
    check(evidenceOf({ system, runs: { [run]: stdout } }), [stdout])
  }), { numRuns: 1500 })
})

it('damaged answers of tools, each to its own probe', () => {
  const own: readonly (readonly [string, string, Evidence['system']])[] = [
    ['amd/gpustack/rx7800xt.rocm-smi.json', ROCM_SMI, 'linux'], ['amd/gls/MI300X_x4.table.txt', ROCM_SMI, 'linux'], ['amd/issues/rx7900xt.rocm-smi.csv', ROCM_SMI, 'linux'], ['amd/ceems/cpx.amd-smi-static.json', AMD_SMI_STATIC, 'linux'],
    ['hygon/gpustack/dcu.rocm-smi.json', ROCM_SMI, 'linux'], ['intel/issues/b60.xpu-smi-discovery.json', XPU_SMI_LIST, 'linux'], ['intel/issues/a770.xpu-smi-v2.table.txt', XPU_SMI_TABLE, 'linux'], ['intel/xpumanager/discovery-detail.txt', XPU_SMI_LIST, 'linux'],
    ['ascend/issues/910b4-1.npu-smi-info.txt', 'npu-smi info', 'linux'], ['ascend/gpustack/8x-910a-24.1.npu-smi-info.txt', 'npu-smi info', 'linux'], ['ascend/issues/a3-npu-smi-26-wide.npu-smi-info.txt', 'npu-smi info', 'linux'],
    ['other/index/gaudi2.hl-smi.txt', 'hl-smi', 'linux'], ['other/index/mthreads-s5000.mthreads-gmi.txt', 'mthreads-gmi', 'linux'], ['apple/index/m4.system_profiler.json', DISPLAYS, 'darwin'], ['windows/uhd-9bc4-win32-videocontroller.fl.txt', WINDOWS_ADAPTERS, 'win32']
  ]
  fc.assert(fc.property(fc.constantFrom(...own), edits, ([file, run, system], changes) => {
    const stdout = mutate(vendorCapture(file), changes)
    check(evidenceOf({ system, runs: { [run]: stdout } }), [stdout])
  }), { numRuns: 1500 })
})

it('damaged system files: no throw, nothing invented', () => {
  const captures = vendorCaptures('{amd,intel}/**/*.{sysfs,kfd-topology}.json').filter((file) => !file.includes('mi300x-cpx')).map(systemFiles)
  fc.assert(fc.property(fc.constantFrom(...captures), fc.array(fc.tuple(fc.nat(), edits), { minLength: 1, maxLength: 6 }), (capture, changes) => {
    const files = { ...capture }
    const names = Object.keys(files).filter((name) => !name.includes('ip_discovery'))
    for (const [which, some] of changes) {
      const name = names[which % names.length]!
      files[name] = mutate(files[name]!, some)
    }
    check(evidenceOf({ files }), Object.values(files))
  }), { numRuns: 500 })
})
