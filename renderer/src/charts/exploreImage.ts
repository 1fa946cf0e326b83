/* The grid as a picture of its own: for a slide or an issue, where no style sheet is. */

export type ImageLook = 'fits' | 'tight' | 'does-not-fit' | 'unsupported' | 'refused' | 'unjudged' | 'pending'

export interface ImageCell {
  readonly look: ImageLook
  readonly text: string
  readonly right: boolean
  readonly bottom: boolean
  readonly own: boolean
}

export interface GridImage {
  readonly title: string
  readonly subtitle: string
  readonly xName: string
  readonly yName: string
  readonly columns: readonly string[]
  readonly rows: readonly string[]
  readonly cells: readonly ImageCell[]
  readonly legend: readonly { readonly look: ImageLook, readonly name: string }[]
}

export interface ImageColors {
  readonly surface: string
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly accent: string
  readonly fits: string
  readonly tight: string
  readonly over: string
  readonly font: string
}

/** Where everything is, in CSS pixels. */
export interface ImageLayout {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly top: number
  readonly cellWidth: number
  readonly cellHeight: number
}

const MARGIN = 24
const HEAD = 86
const FOOT = 56
const CELL_HEIGHT = 34
const GAP = 2

/** `measure`: the width of a text in the font of the headers. */
export function imageLayout (image: GridImage, measure: (text: string) => number): ImageLayout {
  const left = MARGIN + Math.max(...image.rows.map(measure), measure(image.yName)) + 14
  const cellWidth = Math.max(64, ...image.columns.map((text) => measure(text) + 16))
  const top = HEAD + 44
  return {
    left,
    top,
    cellWidth,
    cellHeight: CELL_HEIGHT,
    width: Math.ceil(Math.max(left + image.columns.length * (cellWidth + GAP) + MARGIN, 560)),
    height: top + image.rows.length * (CELL_HEIGHT + GAP) + FOOT
  }
}

/** The strokes over a cell that tell verdicts apart without colour. */
export function drawPattern (context: CanvasRenderingContext2D, look: ImageLook, x: number, y: number, width: number, height: number, color: string): void {
  if (look !== 'tight' && look !== 'does-not-fit' && look !== 'unsupported') return
  context.save()
  context.beginPath()
  context.rect(x, y, width, height)
  context.clip()
  context.globalAlpha = 0.38
  context.strokeStyle = context.fillStyle = color
  context.lineWidth = 1
  context.beginPath()
  if (look === 'unsupported') for (let dx = 4; dx < width; dx += 7) for (let dy = 4; dy < height; dy += 7) context.fillRect(x + dx, y + dy, 1.5, 1.5)
  else {
    const step = look === 'tight' ? 8 : 7
    for (let offset = -height; offset < width; offset += step) {
      context.moveTo(x + offset, y + height)
      context.lineTo(x + offset + height, y)
      if (look === 'does-not-fit') {
        context.moveTo(x + offset, y)
        context.lineTo(x + offset + height, y + height)
      }
    }
    context.stroke()
  }
  context.restore()
}

const inkOf = (look: ImageLook, colors: ImageColors): string =>
  look === 'fits' ? colors.fits : look === 'tight' ? colors.tight : look === 'does-not-fit' || look === 'unsupported' ? colors.over : colors.line

function drawCell (context: CanvasRenderingContext2D, look: ImageLook, x: number, y: number, width: number, height: number, colors: ImageColors): void {
  context.globalAlpha = look === 'refused' || look === 'pending' || look === 'unjudged' ? 0.5 : 0.22
  context.fillStyle = inkOf(look, colors)
  context.fillRect(x, y, width, height)
  context.globalAlpha = 1
  drawPattern(context, look, x, y, width, height, inkOf(look, colors))
}

/** Draws the picture at twice its size, sharp on every screen. */
export function drawGrid (canvas: HTMLCanvasElement, image: GridImage, colors: ImageColors): void {
  const context = canvas.getContext('2d')!
  const font = (size: number, weight = 400): string => `${weight} ${size}px ${colors.font}`
  context.font = font(13)
  const layout = imageLayout(image, (text) => context.measureText(text).width)
  canvas.width = layout.width * 2
  canvas.height = layout.height * 2
  context.scale(2, 2)
  context.fillStyle = colors.surface
  context.fillRect(0, 0, layout.width, layout.height)
  const say = (text: string, x: number, y: number, color: string, how: string, align: CanvasTextAlign = 'left'): void => {
    context.font = how
    context.fillStyle = color
    context.textAlign = align
    context.textBaseline = 'middle'
    context.fillText(text, x, y)
  }
  say(image.title, MARGIN, 32, colors.text, font(18, 600))
  say(image.subtitle, MARGIN, 58, colors.muted, font(13))
  const { left, top, cellWidth, cellHeight } = layout
  const xAt = (column: number) => left + column * (cellWidth + GAP)
  const yAt = (row: number) => top + row * (cellHeight + GAP)
  say(image.xName, left, HEAD, colors.muted, font(13))
  say(image.yName, left - 14, top - 16, colors.muted, font(13), 'right')
  for (const [column, text] of image.columns.entries()) say(text, xAt(column) + cellWidth / 2, top - 16, colors.text, font(13), 'center')
  for (const [row, text] of image.rows.entries()) say(text, left - 14, yAt(row) + cellHeight / 2, colors.text, font(13), 'right')
  for (const [i, cell] of image.cells.entries()) {
    const [x, y] = [xAt(i % image.columns.length), yAt(Math.floor(i / image.columns.length))]
    drawCell(context, cell.look, x, y, cellWidth, cellHeight, colors)
    say(cell.text, x + cellWidth / 2, y + cellHeight / 2, colors.text, font(13), 'center')
    context.fillStyle = colors.text
    if (cell.right) context.fillRect(x + cellWidth - 0.5, y - GAP, GAP + 1, cellHeight + 2 * GAP)
    if (cell.bottom) context.fillRect(x - GAP, y + cellHeight - 0.5, cellWidth + 2 * GAP, GAP + 1)
    if (!cell.own) continue
    context.strokeStyle = colors.accent
    context.lineWidth = 2
    context.strokeRect(x + 1, y + 1, cellWidth - 2, cellHeight - 2)
  }
  let x = MARGIN
  const y = layout.height - FOOT / 2 - 8
  for (const { look, name } of image.legend) {
    drawCell(context, look, x, y - 8, 24, 16, colors)
    say(name, x + 32, y, colors.text, font(13))
    x += 32 + context.measureText(name).width + 20
  }
}
