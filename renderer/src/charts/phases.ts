import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts'
import type { AriaComponentOption, GridComponentOption, TooltipComponentOption } from 'echarts/components'
import type { ComposeOption } from 'echarts/core'
import { CATEGORIES, type Category, type Estimate } from '#shared/memory/index.ts'
import { GIB } from '#shared/units/index.ts'
import { memoryTicks } from './ticks.ts'

type Option = ComposeOption<BarSeriesOption | LineSeriesOption | GridComponentOption | TooltipComponentOption | AriaComponentOption>

export interface PhaseChartStyle {
  readonly colors: Readonly<Record<Category, string>>
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly accent: string
  readonly surface: string
  readonly font: string
  readonly fontSize: number
}

export interface PhaseChartText {
  /** One per phase, in short lines. */
  readonly names: readonly string[]
  readonly category: (category: Category) => string
  readonly after: string
  readonly description: string
  readonly gib: (value: number) => string
}

/** The peaks of the first two optimizer steps as stacked bars in the order of time, and a mark at what stays allocated after each. */
export function phaseChartOption ({ phases }: Estimate, style: PhaseChartStyle, text: PhaseChartText, chosen = -1): Option {
  const highest = Math.max(...phases.map((phase) => phase.peak))
  const ticks = memoryTicks(highest * 1.05, 5)
  const step = ticks[1] ?? GIB
  const shown = CATEGORIES.filter((category) => phases.some((phase) => (phase.breakdown[category] ?? 0) > 0))
  const stacks: BarSeriesOption[] = shown.map((category) => ({
    type: 'bar',
    stack: 'peak',
    name: text.category(category),
    barCategoryGap: '24%',
    itemStyle: { color: style.colors[category], borderColor: style.surface, borderWidth: 0.5 },
    emphasis: { disabled: true },
    data: phases.map((phase) => phase.breakdown[category] ?? 0)
  }))
  const after: LineSeriesOption = {
    type: 'line',
    name: text.after,
    symbol: 'rect',
    symbolSize: [Math.max(8, 240 / phases.length), 3],
    lineStyle: { width: 0 },
    itemStyle: { color: style.text, borderColor: style.surface, borderWidth: 0.5 },
    emphasis: { disabled: true },
    data: phases.map((phase) => phase.liveAfter)
  }
  return {
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: style.font, fontSize: style.fontSize, color: style.text },
    aria: { enabled: true, label: { description: text.description } },
    grid: { left: 4, right: 8, top: 14, bottom: 2, containLabel: true },
    xAxis: {
      type: 'category',
      data: [...text.names],
      axisTick: { show: false },
      axisLine: { lineStyle: { color: style.line } },
      axisLabel: { color: (_, i) => i === chosen ? style.accent : style.muted, interval: 0, lineHeight: style.fontSize * 1.3, fontSize: style.fontSize, hideOverlap: true }
    },
    yAxis: {
      type: 'value',
      min: 0,
      max: Math.ceil(highest * 1.05 / step) * step,
      interval: step,
      axisLabel: { color: style.muted, formatter: (value: number) => text.gib(value), fontSize: style.fontSize },
      splitLine: { lineStyle: { color: style.line } }
    },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true, appendTo: 'body', className: 'chart-tooltip' },
    series: [...stacks, after]
  }
}
