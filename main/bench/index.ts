import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { estimate } from '#shared/memory/index.ts'
import { benchCatalog, FAST_TARGET } from './catalog.ts'
import { benchHardware } from './hardware.ts'
import { benchHeatmap } from './heatmap.ts'
import { benchLibrary } from './library.ts'
import { measure } from './measure.ts'
import { BENCH_PLANS } from './plans.ts'
import { benchSampling } from './sampling.ts'

/*
 * npm run bench [-- --reference FOLDER]: time per estimate: fast path, the event stream of all blocks through the allocator,
 * and the same with every block run instead of grown from four repeats, with their ratios; the fast path of every model of the catalog; then the time to read a vendor tool's report, and to work in a large
 * library. FOLDER may hold the reference simulator (tapemodel.py); its time for the same 32 blocks is then shown beside ours.
 */

const { values } = parseArgs({ options: { reference: { type: 'string' } } })
/** Milliseconds for 80 layers with the allocator's replay. */
const FULL_TARGET = 25
const ms = (n: number): string => n.toFixed(3).padStart(9)

console.log(`Node ${process.versions.node}, ${process.arch}; milliseconds per estimate, median (p95)\n`)
console.log(`${''.padEnd(50)} ${'fast'.padStart(9)} ${'(p95)'.padStart(10)} ${'full'.padStart(9)} ${'(p95)'.padStart(10)} ${'full/fast'.padStart(10)} ${'every'.padStart(9)} ${'every/full'.padStart(10)}`)
const fastMedians: number[] = []
for (const [name, plan] of Object.entries(BENCH_PLANS)) {
  const [fast, full, every] = (['fast', 'full', 'every-block'] as const).map((depth) => measure(() => {
    const result = estimate(plan, { depth })
    if (!result.ok) throw new Error(`${name}: ${JSON.stringify(result.problems)}`)
  }))
  fastMedians.push(fast!.median)
  console.log(`${name.padEnd(50)} ${ms(fast!.median)} (${ms(fast!.p95)}) ${ms(full!.median)} (${ms(full!.p95)}) ${(full!.median / fast!.median).toFixed(1).padStart(10)} ${ms(every!.median)} ${(every!.median / full!.median).toFixed(1).padStart(10)}`)
}
fastMedians.sort((a, b) => a - b)
console.log(`\nfast path, median of the plans: ${fastMedians[fastMedians.length >> 1]!.toFixed(3)} ms (target ${FAST_TARGET}); full stream of 80 layers: target ${FULL_TARGET} ms`)
benchCatalog()
if (values.reference) compareWithReference(values.reference)
benchHeatmap()
benchHardware()
await benchLibrary()
await benchSampling()

function compareWithReference (folder: string): void {
  const script = `
import sys, time; sys.path.insert(0, sys.argv[1])
from tapemodel import *
def run(): train(Model(Cfg(4096,14336,32,32,8,128256),mode='lora',targets=('q_proj','v_proj'),r=8,adapter=4), 4, 2048, steps=2, gc=True, amp=True, conv_fp32=True)
run(); t = []
for _ in range(5):
    a = time.perf_counter(); run(); t.append(time.perf_counter() - a)
print(sorted(t)[2] * 1000)`
  const reference = Number(execFileSync('python3', ['-c', script, folder], { encoding: 'utf8' }))
  const ours = measure(() => { estimate(BENCH_PLANS['Llama-3.1-8B LoRA q v, checkpointed']!, { depth: 'fast' }) })
  console.log(`Llama-3.1-8B LoRA, checkpointed: reference simulator ${ms(reference)} ms (no allocator), fast path ${ms(ours.median)} ms: ${(reference / ours.median).toFixed(0)}×`)
}
