import { frontierEdges } from '#shared/advice/index.ts'
import { formatGib, formatPercent } from '#shared/units/index.ts'
import { drawGrid, type GridImage, type ImageLook } from '../../charts/exploreImage.ts'
import { saveFile } from '../../host/saveFile.ts'
import { useText } from '../../composables/useText.ts'
import { useTokens } from '../../composables/useTokens.ts'
import { useExploreStore } from '../../stores/exploreStore.ts'
import { useTargetStore } from '../../stores/targetStore.ts'
import { useAnswerStore } from '../../stores/answerStore.ts'
import { axisText, shortValue } from './axisText.ts'
import { compactGib, lookOf } from './cellText.ts'
import { gridCsv } from './gridCsv.ts'
import type { Place } from './gridKeys.ts'

const LEGEND = ['fits', 'tight', 'does-not-fit', 'unsupported', 'refused'] as const satisfies readonly ImageLook[]

/** Offers the grid as a file, as it is in sight. */
export function useGridExport (own: () => Place): { saveCsv: () => void, savePng: () => Promise<void> } {
  const { t, locale } = useText()
  const explore = useExploreStore()
  const target = useTargetStore()
  const answer = useAnswerStore()
  const colors = useTokens({ surface: '--surface', text: '--text', muted: '--text-muted', line: '--line', accent: '--accent', fits: '--fits', tight: '--tight', over: '--over', font: '--font' })

  const fileName = (extension: string): string => {
    const words = [answer.estimate?.modelName ?? '', explore.x.id, explore.y.id, explore.device?.name ?? '']
    return `${words.filter((word) => word !== '').join(' ').replaceAll(/[^\p{L}\p{N}.-]+/gu, '-')}.${extension}`
  }

  function image (): GridImage {
    const { grid, x, y, xs, ys, device } = explore
    const edges = new Set(frontierEdges(grid!.cells, xs.length).map(({ column, row, side }) => `${column} ${row} ${side}`))
    const looks = new Set(grid!.cells.map(lookOf))
    return {
      title: t('explore.imageTitle', { model: answer.estimate?.modelName ?? '', x: axisText(x, locale.value), y: axisText(y, locale.value) }),
      subtitle: device
        ? t('explore.imageCard', { card: device.name, free: formatGib(device.free, locale.value, 1), reserve: formatPercent(target.target.reserve, locale.value) })
        : t('explore.imageNeeds'),
      xName: `${axisText(x, locale.value)} →`,
      yName: `${axisText(y, locale.value)} ↓`,
      columns: xs.map((value) => shortValue(x, value, t, locale.value)),
      rows: ys.map((value) => shortValue(y, value, t, locale.value)),
      cells: grid!.cells.map((cell, i) => {
        const [column, row] = [i % xs.length, Math.floor(i / xs.length)]
        return {
          look: lookOf(cell),
          text: !cell ? '' : cell.total === null ? '—' : compactGib(cell.total, locale.value),
          right: edges.has(`${column} ${row} right`),
          bottom: edges.has(`${column} ${row} bottom`),
          own: own().column === column && own().row === row
        }
      }),
      legend: LEGEND.filter((look) => looks.has(look)).map((look) => ({ look, name: t(`explore.look.${look}`) }))
    }
  }

  return {
    saveCsv () {
      if (explore.grid) saveFile(fileName('csv'), gridCsv(explore.grid), 'text/csv;charset=utf-8')
    },
    async savePng () {
      if (!explore.grid) return
      const canvas = document.createElement('canvas')
      drawGrid(canvas, image(), colors.value)
      const picture = await new Promise<Blob | null>((resolve) => { canvas.toBlob(resolve, 'image/png') })
      if (picture) saveFile(fileName('png'), picture, 'image/png')
    }
  }
}
