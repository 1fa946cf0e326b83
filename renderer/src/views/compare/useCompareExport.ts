import { computed, type Ref } from 'vue'
import { comparisonCsv, comparisonHtml, comparisonMarkdown, type Compared, type ComparisonOptions } from '#shared/report/index.ts'
import { bytes, toGib } from '#shared/units/index.ts'
import { compareChartOption, stackedHeight, type CompareBars } from '../../charts/compareChart.ts'
import { saveFile } from '../../host/saveFile.ts'
import { useText } from '../../composables/useText.ts'
import { useTokens } from '../../composables/useTokens.ts'
import { useCompareStore } from '../../stores/compareStore.ts'
import { useNoticeStore } from '../../stores/noticeStore.ts'

export const EXPORTS = ['copy', 'markdown', 'csv', 'html', 'png', 'svg'] as const
export type ExportKind = (typeof EXPORTS)[number]

interface Exported {
  readonly compared: Readonly<Ref<readonly Compared[]>>
  readonly options: Readonly<Ref<ComparisonOptions>>
  readonly bars: Readonly<Ref<CompareBars>>
}

const FONT_SIZE = 13

/** Takes the comparison away, as it is in sight. */
export function useCompareExport ({ compared, options, bars }: Exported): (kind: ExportKind) => Promise<void> {
  const { t, locale } = useText()
  const store = useCompareStore()
  const notices = useNoticeStore()
  const tokens = useTokens({ text: '--text', muted: '--text-muted', line: '--line', surface: '--surface', font: '--font' })

  const title = computed(() => store.device ? t('compare.titleOn', { card: store.device.name }) : t('compare.title'))
  const today = (): string => new Date().toLocaleDateString('sv-SE')
  const fileName = (extension: string): string => `${['Headroom', t('nav.compare'), store.device?.name ?? '', today()].filter(Boolean).join(' ').replaceAll(/[^\p{L}\p{N}.-]+/gu, '-')}.${extension}`

  async function picture (kind: 'png' | 'svg'): Promise<Blob | string | null> {
    const { compareSvg, comparePng } = await import('../../charts/compareImage.ts')
    const stacked = bars.value.kind === 'stacked'
    const size = { width: stacked ? 1100 : Math.max(1100, bars.value.names.length * 110), height: stacked ? Math.round((stackedHeight(compared.value.length) + 12) * FONT_SIZE) : 560 }
    const option = compareChartOption(bars.value, { ...tokens.value, fontSize: FONT_SIZE }, { description: title.value, gib: (value) => `${toGib(bytes(value))} GiB` }, { title: title.value, subtitle: `Headroom · ${today()}` })
    return kind === 'svg' ? compareSvg(option, size) : comparePng(option, size)
  }

  async function copy (): Promise<void> {
    try {
      await navigator.clipboard.writeText(comparisonMarkdown(compared.value, options.value))
      notices.show('compare.copied')
    } catch {
      notices.show('notice.copyFailed', { kind: 'error' })
    }
  }

  return async (kind) => {
    switch (kind) {
      case 'copy': return copy()
      case 'markdown': return saveFile(fileName('md'), comparisonMarkdown(compared.value, options.value), 'text/markdown;charset=utf-8')
      // A byte order mark: Excel takes a CSV without one for the system's old encoding.
      case 'csv': return saveFile(fileName('csv'), `\uFEFF${comparisonCsv(compared.value, options.value)}`, 'text/csv;charset=utf-8')
      case 'html': return saveFile(fileName('html'), comparisonHtml(compared.value, { ...options.value, title: title.value, madeAt: new Date().toLocaleString(locale.value === 'zh' ? 'zh-CN' : 'en-GB', { dateStyle: 'long', timeStyle: 'short' }) }), 'text/html;charset=utf-8')
      default: {
        const made = await picture(kind)
        if (made) saveFile(fileName(kind), made, kind === 'svg' ? 'image/svg+xml' : 'image/png')
        else notices.show('compare.pictureFailed', { kind: 'error' })
      }
    }
  }
}
