import type { LineSeriesOption } from 'echarts/charts'
import type { AriaComponentOption, GridComponentOption, TooltipComponentOption } from 'echarts/components'
import type { ComposeOption } from 'echarts/core'
import type { Sample } from '#shared/contract/index.ts'
import { GIB } from '#shared/units/index.ts'
import { memoryTicks } from './ticks.ts'

type Option = ComposeOption<LineSeriesOption | GridComponentOption | TooltipComponentOption | AriaComponentOption>

/** One reading of one device. `at` in milliseconds. */
export interface HistoryPoint {
  readonly at: number
  readonly used: number | null
  readonly utilization: number | null
}

export interface HistoryStyle {
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly used: string
  readonly load: string
  readonly font: string
  readonly fontSize: number
}

export interface HistoryText {
  readonly used: string
  readonly load: string
  readonly description: string
  readonly time: (at: number) => string
  readonly gib: (value: number) => string
}

/** A device's readings since `from`; where readings are missing for much longer than usual, a point that breaks the line. */
export function historyPoints (samples: readonly Sample[], key: string, from: number, intervalMs: number): HistoryPoint[] {
  const points: HistoryPoint[] = []
  for (const sample of samples) {
    const at = Date.parse(sample.at)
    const device = at < from ? undefined : sample.devices.find((one) => one.key === key)
    if (!device) continue
    const before = points.at(-1)
    if (before && at - before.at > Math.max(5 * intervalMs, 30_000)) points.push({ at: before.at + 1, used: null, utilization: null })
    points.push({ at, used: device.usedBytes, utilization: device.utilization })
  }
  return points
}

/** Used memory against the whole, and below it the load, over the same stretch of time. */
export function historyChartOption (points: readonly HistoryPoint[], total: number | null, [from, to]: readonly [number, number], style: HistoryStyle, text: HistoryText): Option {
  const top = total ?? Math.max(GIB, ...points.map(({ used }) => used ?? 0)) * 1.1
  const step = memoryTicks(top, 4)[1] ?? GIB
  const axis = { color: style.muted, fontSize: style.fontSize }
  const line = { symbol: 'none', animation: false, emphasis: { disabled: true }, sampling: 'max', connectNulls: false } as const
  const time = { type: 'time', min: from, max: to, axisTick: { show: false }, axisLine: { lineStyle: { color: style.line } }, splitLine: { show: false } } as const
  return {
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: style.font, fontSize: style.fontSize, color: style.text },
    aria: { enabled: true, label: { description: text.description } },
    grid: [
      { left: 52, right: 10, top: 8, bottom: 70 },
      { left: 52, right: 10, height: 30, bottom: 24 }
    ],
    xAxis: [
      { ...time, gridIndex: 0, axisLabel: { show: false } },
      { ...time, gridIndex: 1, splitNumber: 3, axisLabel: { ...axis, hideOverlap: true, formatter: text.time } }
    ],
    yAxis: [
      { type: 'value', gridIndex: 0, min: 0, max: top, interval: step, axisLabel: { ...axis, showMaxLabel: top % step === 0, formatter: text.gib }, splitLine: { lineStyle: { color: style.line } } },
      { type: 'value', gridIndex: 1, min: 0, max: 1, interval: 1, axisLabel: { ...axis, formatter: (value: number) => `${value * 100} %` }, splitLine: { lineStyle: { color: style.line } } }
    ],
    tooltip: { trigger: 'axis', confine: true, appendTo: 'body', className: 'chart-tooltip', axisPointer: { type: 'line', link: [{ xAxisIndex: 'all' }] } as never },
    series: [
      { ...line, type: 'line', name: text.used, xAxisIndex: 0, yAxisIndex: 0, lineStyle: { color: style.used, width: 1.5 }, itemStyle: { color: style.used }, areaStyle: { color: style.used, opacity: 0.16 }, data: points.map(({ at, used }) => [at, used]) },
      { ...line, type: 'line', name: text.load, xAxisIndex: 1, yAxisIndex: 1, lineStyle: { color: style.load, width: 1.5 }, itemStyle: { color: style.load }, data: points.map(({ at, utilization }) => [at, utilization]) }
    ]
  }
}
