import { CATEGORIES } from '../../memory/index.ts'
import { bytes, formatGib, type Locale } from '../../units/index.ts'
import { categoryName } from '../names.ts'
import { formatCell, formatDeltaCell } from './cells.ts'
import { comparisonGroupName, comparisonTable, type ComparisonOptions } from './documents.ts'
import type { Compared } from './rows.ts'

/** A report in one file: no script, no font, no picture from elsewhere; readable in light and dark, on screen and on paper. */
export function comparisonHtml (columns: readonly Compared[], options: ComparisonOptions & { readonly title: string, readonly madeAt: string }): string {
  const { locale, baseline, title, madeAt } = options
  const head = columns.map(({ name }, i) => `<th scope="col">${text(name)}${i === baseline ? `<small>${locale === 'zh' ? '基准' : 'baseline'}</small>` : ''}</th>`).join('')
  const body = comparisonTable(columns, options).map(({ group, rows }) => [
    `<tbody><tr class="group"><th scope="rowgroup" colspan="${columns.length + 1}">${text(comparisonGroupName(group, locale))}</th></tr>`,
    ...rows.map((row) => `<tr><th scope="row">${text(row.label)}</th>${columns.map((_, i) => {
      const delta = formatDeltaCell(row, i, baseline, locale)
      return `<td${row.kind === 'outcome' ? ` class="${String(row.cells[i] ?? '')}"` : ''}>${text(formatCell(row, i, locale))}${delta === '' ? '' : `<small>${text(delta)}</small>`}</td>`
    }).join('')}</tr>`),
    '</tbody>'
  ].join('')).join('')
  return `<!doctype html>
<html lang="${locale === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>${text(title)}</title><style>${STYLE}</style></head><body>
<h1>${text(title)}</h1><p class="made">Headroom · ${text(madeAt)}</p>
${bars(columns, locale)}
<table><thead><tr><td></td>${head}</tr></thead>${body}</table>
</body></html>
`
}

const text = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const COLORS = ['#3867a6', '#7ba0cf', '#1f8a84', '#5f54b0', '#9186d1', '#bfb7e6', '#d98c2e', '#e9bd74', '#ab4379', '#d996ba', '#4f9a5b', '#9cc7a2', '#7d8694', '#a4abb6', '#c9ced6']

/** One stacked bar per scenario on a common scale, with a legend of the categories that occur. */
function bars (columns: readonly Compared[], locale: Locale): string {
  const widest = Math.max(1, ...columns.map(({ estimate }) => estimate?.total.expected ?? 0))
  const present = CATEGORIES.filter((category) => columns.some(({ estimate }) => (estimate?.breakdown[category] ?? 0) > 0))
  const color = (category: (typeof CATEGORIES)[number]): string => COLORS[CATEGORIES.indexOf(category) % COLORS.length]!
  const rows = columns.map(({ name, estimate }) => {
    if (!estimate) return ''
    const pieces = present.map((category) => {
      const held = estimate.breakdown[category] ?? 0
      return held > 0 ? `<i style="width:${(held / widest * 100).toFixed(3)}%;background:${color(category)}" title="${text(categoryName(category, locale))} ${formatGib(bytes(held), locale)}"></i>` : ''
    }).join('')
    return `<div class="bar"><span>${text(name)}</span><div>${pieces}</div><b>${formatGib(estimate.total.expected, locale, 1)}</b></div>`
  }).join('')
  const legend = present.map((category) => `<li><i style="background:${color(category)}"></i>${text(categoryName(category, locale))}</li>`).join('')
  return `<section>${rows}<ul>${legend}</ul></section>`
}

const STYLE = `
:root{font:14px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;--ink:#1c2430;--faint:#66707d;--line:#d9dee5;--bad:#b3261e;--good:#1d7a46;--warn:#8a5a00}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--faint:#9aa4b1;--line:#39424e;--bad:#f2938c;--good:#74d69b;--warn:#e9bd74;background:#14181e}}
body{max-width:72rem;margin:2rem auto;padding:0 1rem;color:var(--ink)}h1{font-size:1.3rem;margin:0}.made,small,li{color:var(--faint)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}
th[scope=row]{text-align:left;font-weight:400}.group th{text-align:left;padding-top:1.2rem;color:var(--faint)}small{display:block}
.fits{color:var(--good)}.tight{color:var(--warn)}.unsupported,.does-not-fit{color:var(--bad)}
.bar{display:grid;grid-template-columns:14rem 1fr 6rem;gap:.8rem;align-items:center;margin:.3rem 0}.bar div{display:flex;height:1.1rem}.bar i{display:block}.bar b{text-align:right;font-variant-numeric:tabular-nums}
ul{display:flex;flex-wrap:wrap;gap:.2rem 1rem;padding:0;list-style:none}li i{display:inline-block;width:.7rem;height:.7rem;margin-right:.35rem}
@media print{body{margin:0}}`
