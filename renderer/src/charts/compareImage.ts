import { LegendComponent, TitleComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { CompareOption } from './compareChart.ts'
import './register.ts'

use([SVGRenderer, TitleComponent, LegendComponent])

export interface ImageSize { readonly width: number, readonly height: number }

/** The chart as an SVG document of its own. */
export function compareSvg (option: CompareOption, size: ImageSize): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size })
  try {
    chart.setOption(option)
    return chart.renderToSVGString()
  } finally {
    chart.dispose()
  }
}

/** The chart as a PNG, two pixels to each of the size. */
export async function comparePng (option: CompareOption, size: ImageSize): Promise<Blob | null> {
  const chart = init(document.createElement('div'), null, { renderer: 'canvas', devicePixelRatio: 2, ...size })
  try {
    chart.setOption(option)
    const canvas = chart.getRenderedCanvas({ pixelRatio: 2 })
    return await new Promise((resolve) => { canvas.toBlob(resolve, 'image/png') })
  } finally {
    chart.dispose()
  }
}
