import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts'
import type { AriaComponentOption, GridComponentOption, MarkAreaComponentOption, MarkLineComponentOption, TooltipComponentOption } from 'echarts/components'
import type { ComposeOption } from 'echarts/core'
import { CATEGORIES, type Category, type Estimate, type PhasePeak } from '#shared/memory/index.ts'
import { GIB } from '#shared/units/index.ts'
import { memoryTicks } from './ticks.ts'

type Option = ComposeOption<BarSeriesOption | LineSeriesOption | GridComponentOption | TooltipComponentOption | AriaComponentOption | MarkAreaComponentOption | MarkLineComponentOption>

export interface PhaseChartStyle {
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly accent: string
  /** Of the card's capacity. */
  readonly over: string
  readonly surface: string
  readonly font: string
  readonly fontSize: number
}

export interface PhaseChartText {
  /** One per phase, in short lines. */
  readonly names: readonly string[]
  readonly after: string
  readonly description: string
  readonly gib: (value: number) => string
}

/** One stack of the chart: a category, a model, or the engine. */
export interface Stack {
  readonly name: string
  readonly color: string
  /** One per phase shown. */
  readonly data: readonly number[]
}

export interface PhaseChartContent {
  /** Indices into the estimate's phases, in the order of time. */
  readonly shown: readonly number[]
  readonly stacks: readonly Stack[]
  /** The card that is judged: its line is drawn where it is in reach. */
  readonly capacity: { readonly bytes: number, readonly label: string } | null
}

/** What a phase holds with the engine beside it. */
export const heldIn = ({ peak, engine }: PhasePeak): number => peak + (engine ?? 0)

/**
 * The phases that a chart of one step shows: those of the second, where optimizer states exist, without the slivers of a loss before its
 * model is called. Should an earlier phase decide, the first step is shown too.
 */
export function oneStep ({ phases, peakPhase }: Estimate): number[] {
  const last = Math.max(...phases.map(({ step }) => step))
  const from = phases[peakPhase]!.step
  return phases.flatMap((phase, i) => {
    const next = phases[i + 1]
    const isSliver = phase.kind === 'loss' && next?.kind === 'forward' && i !== peakPhase
    return phase.kind !== 'load' && phase.step >= Math.min(from, last) && !isSliver ? [i] : i === peakPhase ? [i] : []
  })
}

/** Stacks by category, the engine's part on top. */
export function categoryStacks ({ phases }: Estimate, shown: readonly number[], color: (category: Category) => string, name: (category: Category) => string): Stack[] {
  const held = (category: Category) => shown.map((i) => category === 'rollout-engine' ? phases[i]!.engine ?? 0 : phases[i]!.breakdown[category] ?? 0)
  const inner = CATEGORIES.filter((category) => category !== 'rollout-engine')
  return [...inner, 'rollout-engine' as const]
    .map((category) => ({ name: name(category), color: color(category), data: held(category) }))
    .filter(({ data }) => data.some((b) => b > 0))
}

/** The peaks of phases as stacked bars in the order of time, and a mark at what stays allocated after each. */
export function phaseChartOption ({ phases, peakPhase }: Estimate, style: PhaseChartStyle, text: PhaseChartText, { shown, stacks, capacity }: PhaseChartContent, chosen = -1): Option {
  const highest = Math.max(...shown.map((i) => heldIn(phases[i]!)))
  const isNear = capacity !== null && capacity.bytes < highest * 2.5
  const top = isNear ? Math.max(highest, capacity.bytes) : highest
  const ticks = memoryTicks(top * 1.05, 5)
  const step = ticks[1] ?? GIB
  const decides = shown.indexOf(peakPhase)
  const bars: BarSeriesOption[] = stacks.map(({ name, color, data }, i) => ({
    type: 'bar',
    stack: 'peak',
    name,
    barCategoryGap: '24%',
    itemStyle: { color, borderColor: style.surface, borderWidth: 0.5 },
    emphasis: { disabled: true },
    data: [...data],
    ...i === 0 && decides >= 0
      ? { markArea: { silent: true, itemStyle: { color: style.accent, opacity: 0.1 }, data: [[{ xAxis: decides }, { xAxis: decides }]] } }
      : {},
    ...i === 0 && isNear
      ? {
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { color: style.over, type: 'solid', width: 1.5 },
          label: { formatter: capacity.label, position: 'insideStartTop', color: style.over, fontSize: style.fontSize },
          data: [{ yAxis: capacity.bytes }]
        }
      }
      : {}
  }))
  const after: LineSeriesOption = {
    type: 'line',
    name: text.after,
    symbol: 'rect',
    symbolSize: [Math.max(8, 240 / shown.length), 3],
    lineStyle: { width: 0 },
    itemStyle: { color: style.text, borderColor: style.surface, borderWidth: 0.5 },
    emphasis: { disabled: true },
    data: shown.map((i) => phases[i]!.liveAfter)
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
      axisLabel: {
        color: (_, i) => i !== undefined && shown[i] === chosen ? style.accent : style.muted,
        // Many narrow columns: every name is there, slanted; the table has the long ones whole.
        ...shown.length > 6 ? { rotate: 35, width: style.fontSize * 8, overflow: 'truncate' as const } : { lineHeight: style.fontSize * 1.3, hideOverlap: true },
        interval: 0, fontSize: style.fontSize
      }
    },
    yAxis: {
      type: 'value',
      min: 0,
      max: Math.ceil(top * 1.05 / step) * step,
      interval: step,
      axisLabel: { color: style.muted, formatter: (value: number) => text.gib(value), fontSize: style.fontSize },
      splitLine: { lineStyle: { color: style.line } }
    },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true, appendTo: 'body', className: 'chart-tooltip' },
    series: [...bars, after]
  }
}
