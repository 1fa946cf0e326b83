import type { BarSeriesOption } from 'echarts/charts'
import type { AriaComponentOption, GridComponentOption, LegendComponentOption, MarkLineComponentOption, TitleComponentOption, TooltipComponentOption } from 'echarts/components'
import type { ComposeOption } from 'echarts/core'
import { GIB } from '#shared/units/index.ts'
import { memoryTicks } from './ticks.ts'

export type CompareOption = ComposeOption<BarSeriesOption | GridComponentOption | TooltipComponentOption | AriaComponentOption | MarkLineComponentOption | TitleComponentOption | LegendComponentOption>

/** One series of bars: of every scenario (stacked) or of one (grouped). `values` in bytes; null where there is no such thing. */
export interface CompareSeries {
  readonly name: string
  readonly color: string
  readonly values: readonly (number | null)[]
}

/** A level of the card: all that a run can have of it, or where its reserve begins. */
export interface CompareLine {
  readonly name: string
  readonly bytes: number
  readonly dashed: boolean
}

export interface CompareBars {
  /** stacked: a bar per scenario, lying; grouped: bars of all scenarios side by side, standing. */
  readonly kind: 'stacked' | 'grouped'
  /** Scenarios where stacked, categories or phases where grouped. */
  readonly names: readonly string[]
  readonly series: readonly CompareSeries[]
  /** Of the card; nothing to draw where the bars are parts of a whole. */
  readonly lines: readonly CompareLine[]
}

export interface CompareStyle {
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly surface: string
  readonly font: string
  readonly fontSize: number
}

export interface CompareText {
  readonly description: string
  readonly gib: (value: number) => string
}

/** Only where the picture leaves Headroom: there it must say itself what it shows. */
export interface CompareTitle {
  readonly title: string
  readonly subtitle: string
}

const BAR = 0.62
/** Of a group of bars with its name below, at least, in multiples of the font's size. */
export const GROUP_WIDTH = 8.4

/** Bars of several scenarios on one scale of memory. */
export function compareChartOption ({ kind, names, series, lines }: CompareBars, style: CompareStyle, text: CompareText, title: CompareTitle | null = null): CompareOption {
  const sums = kind === 'stacked' ? names.map((_, i) => series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0)) : series.flatMap(({ values }) => values.map((value) => value ?? 0))
  const highest = Math.max(GIB, ...sums, ...lines.map((line) => line.bytes)) * 1.04
  const step = memoryTicks(highest, 8)[1] ?? GIB
  const axis = { color: style.muted, fontSize: style.fontSize }
  const memory = { type: 'value' as const, min: 0, max: Math.ceil(highest / step) * step, interval: step, axisLabel: { ...axis, formatter: text.gib, hideOverlap: true }, splitLine: { lineStyle: { color: style.line } } }
  const scenarios = {
    type: 'category' as const,
    data: [...names],
    axisTick: { show: false },
    axisLine: { lineStyle: { color: style.line } },
    axisLabel: kind === 'stacked'
      ? { ...axis, color: style.text, width: 12 * style.fontSize, overflow: 'truncate' as const, interval: 0 }
      : { ...axis, interval: 0, width: GROUP_WIDTH * style.fontSize, overflow: 'break' as const, lineHeight: style.fontSize * 1.2 }
  }
  const bars = series.map(({ name, color, values }): BarSeriesOption => ({
    type: 'bar',
    name,
    ...kind === 'stacked' ? { stack: 'total', barWidth: `${BAR * 100}%` } : { barGap: '6%', barCategoryGap: '28%', barMaxWidth: 3 * style.fontSize },
    itemStyle: { color, borderColor: style.surface, borderWidth: 0.5 },
    emphasis: { disabled: true },
    data: values.map((value) => value ?? '-')
  }))
  return {
    animation: false,
    backgroundColor: title ? style.surface : 'transparent',
    textStyle: { fontFamily: style.font, fontSize: style.fontSize, color: style.text },
    aria: { enabled: true, label: { description: text.description } },
    ...title ? {
      title: { text: title.title, subtext: title.subtitle, left: 16, top: 12, textStyle: { color: style.text, fontSize: style.fontSize * 1.3, fontWeight: 600, fontFamily: style.font }, subtextStyle: { color: style.muted, fontSize: style.fontSize, fontFamily: style.font } },
      legend: { bottom: 10, left: 16, right: 16, itemWidth: 10, itemHeight: 10, icon: 'rect', textStyle: { color: style.text, fontSize: style.fontSize, fontFamily: style.font } }
    } : {},
    grid: { left: title ? 16 : 4, right: (kind === 'stacked' ? 7 : 1) * style.fontSize, top: (title ? 5.5 * style.fontSize : 0) + (lines.length > 0 && kind === 'stacked' ? 1.6 * style.fontSize : 8), bottom: title ? 5.5 * style.fontSize : 2, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    ...kind === 'stacked' ? { xAxis: memory, yAxis: { ...scenarios, inverse: true } } : { xAxis: scenarios, yAxis: memory },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true, appendTo: 'body', className: 'chart-tooltip' },
    series: bars.map((bar, i) => i > 0 || lines.length === 0 ? bar : { ...bar, markLine: markLine(lines, kind, style) })
  }
}

function markLine (lines: readonly CompareLine[], kind: CompareBars['kind'], style: CompareStyle): NonNullable<BarSeriesOption['markLine']> {
  const highest = Math.max(...lines.map(({ bytes }) => bytes))
  return {
    silent: true,
    symbol: 'none',
    animation: false,
    data: lines.map(({ name, bytes, dashed }) => ({
      ...kind === 'stacked' ? { xAxis: bytes } : { yAxis: bytes },
      lineStyle: { color: style.text, width: dashed ? 1.2 : 1.8, type: dashed ? 'dashed' as const : 'solid' as const },
      label: {
        formatter: name,
        color: style.text,
        fontSize: style.fontSize,
        fontFamily: style.font,
        // Over an axis that runs downwards the line starts at the top. The higher line's name stands to the right of it, the lower one's to the left.
        ...kind === 'stacked'
          ? { position: 'start' as const, align: bytes === highest ? 'left' as const : 'right' as const, distance: 3 }
          : { position: 'insideStartTop' as const, distance: 2 }
      }
    }))
  }
}

/** Height of a stacked chart of so many scenarios, in multiples of the font's size. */
export const stackedHeight = (scenarios: number): number => 4.2 + scenarios * 2.3
