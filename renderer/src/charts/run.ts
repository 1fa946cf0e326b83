import type { LineSeriesOption } from 'echarts/charts'
import type { AriaComponentOption, GridComponentOption, MarkAreaComponentOption, MarkLineComponentOption, TooltipComponentOption } from 'echarts/components'
import type { ComposeOption } from 'echarts/core'
import type { RunPoint } from '#shared/contract/index.ts'
import { GIB } from '#shared/units/index.ts'
import { memoryTicks } from './ticks.ts'

type Option = ComposeOption<LineSeriesOption | GridComponentOption | TooltipComponentOption | AriaComponentOption | MarkLineComponentOption | MarkAreaComponentOption>

export interface RunChartStyle {
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly used: string
  readonly accent: string
  readonly surface: string
  readonly font: string
  readonly fontSize: number
}

export interface RunChartText {
  readonly measured: string
  readonly expected: string
  readonly description: string
  readonly time: (seconds: number) => string
  readonly gib: (value: number) => string
}

export interface RunChartPrediction {
  readonly expected: number
  readonly low: number
  readonly high: number
  /** With their names, the expected total left out. */
  readonly levels: readonly { readonly name: string, readonly bytes: number }[]
}

/** Levels nearer to each other than this share of the chart's height would write over each other. */
const APART = 0.06

/** The measurement beside the prediction: its interval as a band, the expected total as a line, the phases as levels. */
export function runChartOption (points: readonly RunPoint[], { expected, low, high, levels }: RunChartPrediction, style: RunChartStyle, text: RunChartText): Option {
  const highest = Math.max(high, GIB, ...points.map(({ usedBytes }) => usedBytes)) * 1.08
  const step = memoryTicks(highest, 6)[1] ?? GIB
  const top = Math.ceil(highest / step) * step
  const shown = levels.reduce<{ name: string, bytes: number }[]>((kept, level) =>
    [...kept, { name: '', bytes: expected }].some(({ bytes }) => Math.abs(bytes - level.bytes) < top * APART) ? kept : [...kept, level], [])
  const axis = { color: style.muted, fontSize: style.fontSize }
  const label = { color: style.muted, fontSize: style.fontSize, fontFamily: style.font } as const
  return {
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: style.font, fontSize: style.fontSize, color: style.text },
    aria: { enabled: true, label: { description: text.description } },
    grid: { left: 4, right: 14, top: 14, bottom: 2, containLabel: true },
    xAxis: { type: 'value', min: 0, max: Math.max(60, points.at(-1)?.seconds ?? 0), axisLabel: { ...axis, formatter: text.time, hideOverlap: true }, axisLine: { lineStyle: { color: style.line } }, splitLine: { show: false } },
    yAxis: { type: 'value', min: 0, max: top, interval: step, axisLine: { show: false }, axisTick: { show: false }, axisLabel: { ...axis, formatter: text.gib }, splitLine: { lineStyle: { color: style.line } } },
    tooltip: { trigger: 'axis', confine: true, appendTo: 'body', className: 'chart-tooltip' },
    series: [{
      type: 'line',
      name: text.measured,
      symbol: 'none',
      sampling: 'max',
      emphasis: { disabled: true },
      lineStyle: { color: style.used, width: 2 },
      itemStyle: { color: style.used },
      areaStyle: { color: style.used, opacity: 0.14 },
      data: points.map(({ seconds, usedBytes }) => [seconds, usedBytes]),
      markArea: { silent: true, itemStyle: { color: style.accent, opacity: 0.09 }, data: [[{ yAxis: low }, { yAxis: high }]] },
      markLine: {
        silent: true,
        symbol: 'none',
        animation: false,
        data: [
          { yAxis: expected, lineStyle: { color: style.accent, width: 2, type: 'solid' }, label: { ...label, position: 'insideStartTop', color: style.accent, fontWeight: 'bold', formatter: text.expected } },
          ...shown.map(({ name, bytes }) => ({ yAxis: bytes, lineStyle: { color: style.muted, width: 1, type: 'dashed' as const }, label: { ...label, position: 'insideEndBottom' as const, formatter: name } }))
        ]
      }
    }]
  }
}
