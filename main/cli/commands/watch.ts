import { createEvents, createHardware, detectHardware } from '#main/host/machine.ts'
import { describeFinding, MONITOR_INTERVAL_MS, MONITOR_LEASE_MS, type DetectedGpu, type Detection, type MonitorState, type Sample } from '#shared/contract/index.ts'
import { MONITOR_CSV_HEADER, monitorCsvRows } from '#shared/report/monitorCsv.ts'
import { bytes, formatGib } from '#shared/units/index.ts'
import type { Command } from '../command.ts'
import { EXIT, InputError, UsageError, type ExitCode } from '../exit.ts'
import { gpuTable } from '../gpuTable.ts'
import { isUnreached, machineOf } from '../machine.ts'
import { noPositionals, wholeNumber, type Arguments } from '../options.ts'
import type { Terminal } from '../terminal.ts'

/**
 * `headroom watch [--host NAME] [--interval SECONDS] [--count N] [--json | --csv]`: live readings until Ctrl+C, or until there
 * are enough. Exit 1 when the sampler gave up.
 */
export const watchCommand: Command = {
  options: { host: { type: 'string' }, interval: { type: 'string' }, count: { type: 'string' }, json: { type: 'boolean' }, csv: { type: 'boolean' } },
  async run (args, terminal) {
    noPositionals(args, terminal)
    const machine = machineOf(args, terminal)
    const intervalMs = readInterval(args, terminal)
    const count = wholeNumber(args, 'count', { min: 1, max: 1_000_000 }, terminal) ?? Infinity
    if (args.flag('json') && args.flag('csv')) throw new UsageError(terminal.say('Choose --json or --csv.', '--json 与 --csv 只能选其一。'))
    const events = createEvents()
    const hardware = createHardware({ detect: detectHardware, events })
    const watching = { machine, intervalMs, watcher: 'cli', history: false }
    let renewal: NodeJS.Timeout | null = null
    try {
      const detection = await hardware.detect(machine, true)
      if (isUnreached(detection) || detection.gpus.length === 0) throw new InputError(...nothing(detection, terminal))
      const show = args.flag('json') ? jsonLines(terminal) : args.flag('csv') ? csvLines(detection, terminal) : table(detection, terminal)
      return await new Promise<ExitCode>((resolve) => {
        let left = count
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { resolve(EXIT.ok) })
        events.subscribe((name, payload) => {
          if (name === 'monitor.sample') {
            if (left <= 0) return
            void show((payload as { sample: Sample }).sample).then(() => { if (--left <= 0) resolve(EXIT.ok) })
          }
          if (name === 'monitor.state' && tell(payload as MonitorState, terminal) === 'failed') resolve(EXIT.failed)
        })
        hardware.monitor.watch(watching)
        renewal = setInterval(() => { hardware.monitor.watch(watching) }, MONITOR_LEASE_MS / 3)
      })
    } finally {
      if (renewal !== null) clearInterval(renewal)
      hardware.close()
    }
  }
}

function readInterval (args: Arguments, { say }: Terminal): number {
  const text = args.value('interval')
  if (text === null) return MONITOR_INTERVAL_MS.usual
  const { shortest, longest } = MONITOR_INTERVAL_MS
  const ms = /^(\d{1,3}(\.\d{1,3})?|\.\d{1,3})s?$/.test(text) ? Math.round(Number.parseFloat(text) * 1000) : NaN
  if (ms >= shortest && ms <= longest) return ms
  throw new UsageError(say(`--interval is “${text}”; give seconds from ${shortest / 1000} to ${longest / 1000}.`, `--interval 为“${text}”；请填写 ${shortest / 1000} 到 ${longest / 1000} 秒。`))
}

const nothing = ({ findings }: Detection, { locale, say }: Terminal): string[] => [
  ...findings.map((found) => describeFinding(found, locale)),
  say('There is no GPU to watch.', '没有可监视的 GPU。')
]

/** What is amiss, on the standard error. */
function tell ({ state, finding }: MonitorState, { printError, locale }: Terminal): MonitorState['state'] {
  if (finding !== null) printError(describeFinding(finding, locale))
  return state
}

type Show = (sample: Sample) => Promise<void>

const jsonLines = ({ print }: Terminal): Show => (sample) => print(JSON.stringify(sample))

function csvLines ({ gpus }: Detection, { print }: Terminal): Show {
  let head: readonly string[] = [MONITOR_CSV_HEADER]
  return (sample) => {
    const lines = [...head, ...monitorCsvRows(sample, gpus)]
    head = []
    return print(...lines)
  }
}

/** A table that stays in its place on a terminal, one below the other elsewhere. */
function table (detection: Detection, terminal: Terminal): Show {
  const clear = process.stdout.isTTY ? '\u001B[H\u001B[J' : ''
  return (sample) => terminal.print(
    `${clear}${terminal.paint('strong', detection.host.name.replaceAll(/\p{Cc}/gu, '?'))} ${terminal.paint('faint', new Date(sample.at).toLocaleTimeString(terminal.locale === 'zh' ? 'zh-CN' : 'en-GB'))}`,
    ...gpuTable(detection.gpus.map((gpu) => live(gpu, sample)), terminal),
    ...processes(detection.gpus, sample, terminal),
    ''
  )
}

/** The card with the figures of now. */
function live (gpu: DetectedGpu, { devices }: Sample): DetectedGpu {
  const figuresOf = (key: string) => devices.find((device) => device.key === key)
  const own = figuresOf(gpu.key)
  const memory = (before: DetectedGpu['memory'], now = own): DetectedGpu['memory'] => now === undefined ? { ...before, usedBytes: null, freeBytes: null } : { ...before, usedBytes: now.usedBytes, freeBytes: now.freeBytes }
  return {
    ...gpu,
    memory: memory(gpu.memory),
    utilization: own?.utilization ?? null,
    temperatureC: own?.temperatureC ?? null,
    powerWatts: own?.powerWatts ?? null,
    mig: gpu.mig && { ...gpu.mig, slices: gpu.mig.slices.map((slice) => ({ ...slice, memory: memory(slice.memory, figuresOf(`${gpu.key}/mig-${slice.gpuInstance}`)) })) }
  }
}

const MOST_PROCESSES = 15

function processes (gpus: readonly DetectedGpu[], { processes: listed }: Sample, { locale, paint }: Terminal): string[] {
  return (listed ?? []).toSorted((a, b) => (b.usedBytes ?? -1) - (a.usedBytes ?? -1)).slice(0, MOST_PROCESSES).map(({ deviceKey, pid, name, usedBytes }) => {
    const place = gpus.find(({ key }) => key === deviceKey)?.index ?? '?'
    const size = usedBytes === null ? '?' : formatGib(bytes(usedBytes), locale)
    return paint('faint', `  GPU ${place}  ${pid}  ${size}  ${(name ?? '?').replaceAll(/\p{Cc}/gu, '?').slice(-60)}`)
  })
}
