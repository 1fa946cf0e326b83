import { readFileSync } from 'node:fs'
import { readReport } from '#main/hardware/nvidia/readReport.ts'
import { measure } from './measure.ts'

/** At most this long for the report of a machine with 16 GPUs, in milliseconds. */
const LIMIT_MS = 5

/** Time to read the report of nvidia-smi on a machine with 16 GPUs, made of one card's captured report. */
export function benchHardware (): void {
  console.log(`\nReading nvidia-smi -q -x with 16 GPUs: milliseconds, median (p95), at most ${LIMIT_MS}`)
  for (const name of ['a100-sxm4-40gb-mig', 'a10g', 'rtx-3060-v12', 'rtx-4090-driver-535']) {
    const text = sixteen(readFileSync(new URL(`../hardware/fixtures/nvidia/xml/${name}.xml`, import.meta.url), 'utf8'))
    const { median, p95 } = measure(() => {
      if (readReport(text)?.gpus.length !== 16) throw new Error(`${name}: not 16 GPUs`)
    })
    console.log(`${`16 × ${name}, ${Math.round(text.length / 1000)} kB`.padEnd(50)} ${median.toFixed(3).padStart(9)} (${p95.toFixed(3).padStart(9)})`)
  }
}

function sixteen (text: string): string {
  const [from, to] = [text.indexOf('<gpu '), text.indexOf('</gpu>') + '</gpu>'.length]
  return text.slice(0, from).replace(/<attached_gpus>\d+/, '<attached_gpus>16') + text.slice(from, to).repeat(16) + text.slice(to)
}
