import { axesOf, axisName, frontier, largestOf, sweep, type Assess, type SweepAxis, type SweepCell } from '#shared/advice/index.ts'
import { DEFAULT_RESERVE, judge, type TargetDevice } from '#shared/fit/index.ts'
import { estimate } from '#shared/memory/index.ts'
import type { Plan } from '#shared/plan/index.ts'
import { alignColumns } from '#shared/report/index.ts'
import { nearest } from '#shared/text/nearest.ts'
import { formatCount, formatGib, ok } from '#shared/units/index.ts'
import { detectHardware } from '#main/host/machine.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../exit.ts'
import { onlyPositional, type Arguments } from '../options.ts'
import { problemsOf, readPlan } from '../planFile.ts'
import { catalogTargets, machineTargets } from '../targets.ts'
import type { Terminal } from '../terminal.ts'

/** `headroom sweep PLAN.json [--x SETTING] [--y SETTING] [--gpu NAME]`: which values of two settings fit, and the largest of each. */
export const sweepCommand: Command = {
  options: { x: { type: 'string' }, y: { type: 'string' }, gpu: { type: 'string' }, json: { type: 'boolean' } },
  async run (args, terminal) {
    const file = onlyPositional(args, 'PLAN.json', terminal)
    const plan = await readPlan(file, terminal)
    const [named] = catalogTargets(args.values('gpu'), terminal)
    const device = named?.device ?? machineTargets(await detectHardware(), terminal)[0]!
    const [quick, assess] = [assessOn(device, 'fast'), assessOn(device, 'full')]
    const first = quick(plan)
    if (!first.ok) throw problemsOf(file, first.problems, terminal)
    const axes = axesOf(plan)
    const x = axisOf('x', args, axes, axes[0]!, terminal)
    const y = axisOf('y', args, axes, axes.find((axis) => axis.id === 'microBatch' && axis !== x.axis) ?? axes.find((axis) => axis !== x.axis)!, terminal)
    if (x.axis === y.axis) throw new UsageError(terminal.say('--x and --y name the same setting.', '--x 与 --y 不能是同一设置。'))
    const cells = [...sweep(plan, x.axis, x.values(plan), y.axis, y.values(plan), assess)]
    const largest = axes.map((axis) => ({ axis, value: largestOf(plan, axis, quick, assess).fits }))
    if (args.flag('json')) {
      await terminal.print(JSON.stringify({ device: device.name, x: { id: x.axis.id, values: x.values(plan) }, y: { id: y.axis.id, values: y.values(plan) }, cells, largest: Object.fromEntries(largest.map(({ axis, value }) => [axis.id, value])) }, null, 2))
    } else {
      await terminal.print(...grid(plan, x, y, cells, terminal), '', ...largestLines(largest, device, terminal))
    }
    return EXIT.ok
  }
}

interface Chosen {
  readonly axis: SweepAxis
  readonly values: (plan: Plan) => readonly number[]
}

/** In full where the answer is printed, so that it is what `headroom fit` says; fast where a search only looks for the place. */
const assessOn = (device: TargetDevice, depth: 'fast' | 'full'): Assess => (plan) => {
  const result = estimate(plan, { depth, computeCapability: device.computeCapability, deviceMemory: device.capacity })
  return result.ok ? ok({ estimate: result.value, verdict: judge(result.value, { devices: [device], reserve: DEFAULT_RESERVE })!.devices[0]! }) : result
}

/** `--x microBatch`, or `--x microBatch=1,2,3` with values of one's own. */
function axisOf (option: 'x' | 'y', args: Arguments, axes: readonly SweepAxis[], usual: SweepAxis, { say }: Terminal): Chosen {
  const [name, list] = (args.value(option) ?? usual.id).split('=', 2) as [string, string?]
  const axis = axes.find(({ id, path }) => id === name || path === name)
  if (!axis) {
    const ids = axes.map(({ id }) => id)
    const close = nearest(name, ids)
    throw new UsageError(close === null
      ? say(`--${option} is “${name}”; this plan has ${ids.join(', ')}.`, `--${option} 为“${name}”；此方案可选 ${ids.join('、')}。`)
      : say(`--${option} is “${name}”; did you mean ${close}?`, `--${option} 为“${name}”；是否指 ${close}？`))
  }
  if (list === undefined) return { axis, values: axis.values }
  const values = list.split(',').map(Number)
  const { min, max } = axis.range
  if (values.length === 0 || values.length > 100 || values.some((value) => !Number.isInteger(value) || value < min || value > max)) {
    throw new UsageError(say(`--${option} has “${list}”; give whole numbers from ${min} to ${max}, divided by commas.`, `--${option} 的取值为“${list}”；请填写 ${min} 到 ${max} 之间的整数，以逗号分隔。`))
  }
  return { axis, values: () => [...new Set(values)].sort((a, b) => a - b) }
}

const SIGNS = { 'fits': '✓', 'tight': '!', 'unsupported': '✗', 'does-not-fit': '✗' } as const
const TONES = { 'fits': 'good', 'tight': 'warn', 'unsupported': 'bad', 'does-not-fit': 'bad' } as const

function grid (plan: Plan, x: Chosen, y: Chosen, cells: readonly SweepCell[], { locale, paint }: Terminal): string[] {
  const [xs, ys] = [x.values(plan), y.values(plan)]
  const limits = frontier(cells, xs.length, ys.length)
  const mark = ({ outcome, total, problem }: SweepCell): string => {
    if (total === null) return problem ? '—' : ''
    const text = `${formatGib(total, locale, 1)}${outcome ? ` ${SIGNS[outcome]}` : ''}`
    return outcome ? paint(TONES[outcome], text) : text
  }
  const head = [`${axisName(y.axis.id, locale)} ↓  ${axisName(x.axis.id, locale)} →`, ...xs.map((value) => formatCount(value, locale))]
  const rows = ys.map((value, row) => [formatCount(value, locale), ...xs.map((_, column) => mark(cells[row * xs.length + column]!)), limits[row]! >= 0 ? paint('faint', `≤ ${formatCount(xs[limits[row]!]!, locale)}`) : paint('faint', '–')])
  return alignColumns([head.map((cell) => paint('faint', cell)), ...rows], ['right', ...xs.map(() => 'right' as const), 'left'])
}

function largestLines (largest: readonly { readonly axis: SweepAxis, readonly value: number | null }[], device: TargetDevice, { say, paint, locale }: Terminal): string[] {
  return [
    paint('strong', say(`The largest of each alone that fits on ${device.name}`, `${device.name} 上各项单独可取的最大值`)),
    ...alignColumns(largest.map(({ axis, value }) => [`  ${axisName(axis.id, locale)}`, value === null ? say('nothing fits', '无法容纳') : formatCount(value, locale)]), ['left', 'right'])
  ]
}
