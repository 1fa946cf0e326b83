import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { root } from './tools/repository.ts'

const captures = path.join(root, 'main/hardware/fixtures/nvidia')

/** A folder to put first on PATH: its nvidia-smi replays what machines of the world printed. */
export class FakeGpu {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'headroom-gpu-'))

  get environment (): NodeJS.ProcessEnv {
    return { PATH: `${this.folder}${path.delimiter}${process.env['PATH'] ?? ''}` }
  }

  remove (): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #install (body: string): void {
    const file = path.join(this.folder, 'nvidia-smi')
    writeFileSync(file, `#!/bin/sh\n${body}\n`)
    chmodSync(file, 0o755)
  }

  /** Only a failure sentence. */
  fail (sentence: string, status: number): void {
    this.#install(`echo "${sentence}"; exit ${status}`)
  }

  /** Cards like the one of a capture, so many times. Their use is what `use` says. */
  replay (capture: string, count = 1, computeCapability = '8.9'): void {
    const report = repeated(readFileSync(path.join(captures, 'xml', capture), 'utf8'), count)
    writeFileSync(path.join(this.folder, 'report.xml'), report)
    const uuids = [...report.matchAll(/<uuid>(GPU-[^<]+)<\/uuid>/g)].map(([, uuid]) => uuid!)
    const buses = [...report.matchAll(/<gpu id="([^"]+)">/g)].map(([, bus]) => bus!)
    const total = Number(/<fb_memory_usage>\s*<total>(\d+) MiB/.exec(report)?.[1] ?? 0)
    const rows = uuids.map((uuid, i) => `
  for field in $fields; do
    case $field in
      index) v=${i};; uuid) v=${uuid};; pci.bus_id) v=${buses[i]!};; memory.total) v=${total};; memory.used) v=$used;; memory.free) v=$((${total} - 347 - used));;
      utilization.gpu) v=${40 + i};; temperature.gpu) v=${50 + i};; power.draw) v=${100 + i}.50;; compute_cap) v=${computeCapability};;
      *) echo "Field \\"$field\\" is not a valid field to query."; exit 2;;
    esac
    line="\${line:+$line, }$v"
  done
  echo "$line"; line=`).join('')
    this.use(2)
    this.#install(`
rows () {
  fields=$(echo "$1" | tr ',' ' '); line=; used=$(cat '${this.folder}/used')
${rows}
}
case "$*" in
  "-q -x") cat '${this.folder}/report.xml';;
  --query-compute-apps=*) cat '${this.folder}/apps' 2>/dev/null;;
  *-lms*) for last; do :; done; while :; do rows "\${1#--query-gpu=}" || exit 2; sleep $(awk "BEGIN { print $last / 1000 }"); done;;
  --query-gpu=*) rows "\${1#--query-gpu=}";;
  *) exit 2;;
esac`)
  }

  /** MiB in use on every card from now on, and the rows of the process list. */
  use (mib: number, apps: readonly string[] = []): void {
    writeFileSync(path.join(this.folder, 'used'), String(mib))
    writeFileSync(path.join(this.folder, 'apps'), apps.map((row) => `${row}\n`).join(''))
  }
}

/** The report with its first card so many times, each with a UUID and a bus of its own. */
function repeated (report: string, count: number): string {
  if (count === 1) return report
  const start = report.indexOf('<gpu ')
  const end = report.lastIndexOf('</gpu>') + '</gpu>'.length
  const card = report.slice(start, end)
  const uuid = /<uuid>(GPU-[^<]+)<\/uuid>/.exec(card)![1]!
  const bus = /<gpu id="([^"]+)"/.exec(card)![1]!
  const hex = (value: number): string => value.toString(16).padStart(2, '0').toUpperCase()
  const cards = Array.from({ length: count }, (_, i) => card
    .replaceAll(uuid, `${uuid.slice(0, -2)}${hex(i).toLowerCase()}`)
    .replaceAll(bus, bus.replace(/:[0-9A-F]{2}:/i, `:${hex(16 + i * 4)}:`)))
  return report.slice(0, start).replace(/<attached_gpus>\d+/, `<attached_gpus>${count}`) + cards.join('\n') + report.slice(end)
}
