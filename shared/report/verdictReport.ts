import { describeRefusal, type DeviceVerdict, type HostCheck, type HostVerdict, type Outcome, type Verdict } from '../fit/index.ts'
import { bytes, formatGib, formatPercent, type Locale } from '../units/index.ts'
import { categoryName, outcomeName } from './names.ts'
import { plain, type ReportOptions, type Tone } from './paint.ts'
import { wrap } from './width.ts'

const TONES: Readonly<Record<Outcome, Tone>> = { 'fits': 'good', 'tight': 'warn', 'unsupported': 'bad', 'does-not-fit': 'bad' }
const SIGNS: Readonly<Record<Outcome, string>> = { 'fits': '✓', 'tight': '!', 'unsupported': '✗', 'does-not-fit': '✗' }

/** A verdict as lines of text: a headline per GPU and a sentence that says by how much and why. */
export function reportVerdict (verdict: Verdict, { locale, paint = plain, width = 100 }: ReportOptions): string[] {
  const indented = (text: string): string[] => wrap(text, width - 2).map((line) => `  ${line}`)
  return [
    ...verdict.devices.flatMap((device) => {
      const { outcome } = device
      const headline = paint(TONES[outcome], `${SIGNS[outcome]} ${device.device.name}: ${outcomeName(outcome, locale)}`)
      const remarks = [...device.refusals.map((refusal) => describeRefusal(refusal, device.device, locale)), ...explainUse(device, locale)]
      return [headline, ...indented(explainVerdict(device, locale)), ...remarks.flatMap(indented)]
    }),
    ...verdict.hosts.flatMap((host) => explainHost(host, locale)).flatMap((line) => wrap(line, width))
  ]
}

/** Who holds the card's memory now where that decides, and what happens beyond the memory where it does not stop the run. */
export function explainUse ({ device, outcome, fitsWhenIdle }: DeviceVerdict, locale: Locale): string[] {
  const zh = locale === 'zh'
  const lines: string[] = []
  if (outcome === 'does-not-fit' && fitsWhenIdle) {
    const named = (device.holders ?? []).slice(0, 3).map(({ name, pid, bytes: held }) => `${name ?? '?'} (${pid}${held === null ? '' : `, ${formatGib(held, locale)}`})`)
    const who = named.length === 0 ? zh ? '其他进程' : 'other processes' : named.join(zh ? '、' : ', ')
    lines.push(zh ? `若显卡空闲则可以容纳；目前占用者：${who}。` : `It would fit if the card were idle; in use by ${who}.`)
  }
  if (device.useIsUnknown) lines.push(zh ? '此平台无法得知显存占用，此处按空闲显卡计算。' : 'This platform does not tell how much of the card is in use; it is judged as if it were idle.')
  if (outcome === 'does-not-fit' && device.spills) {
    lines.push(zh ? '在 Windows（WDDM）与 WSL 下，超出显存的分配会转入内存：训练不会报错，但会极慢。' : 'Under Windows (WDDM) and WSL what exceeds the memory moves to RAM: the run does not stop, it crawls.')
  }
  return lines
}

/** RAM and disk of the host, one sentence each where they are known and may not do. */
export function explainHost ({ host, ram, disk }: HostVerdict, locale: Locale): string[] {
  const zh = locale === 'zh'
  const line = (check: HostCheck, what: string): string[] => {
    if (check.available === null || check.outcome === 'fits' || check.outcome === 'unknown') return []
    const values = `${formatGib(check.need.expected, locale)}${zh ? '，可用 ' : ' of '}${formatGib(check.available, locale)}`
    return check.outcome === 'does-not-fit'
      ? [zh ? `✗ ${host.name} 的${what}不足：需要 ${values}。` : `✗ ${host.name} has too little ${what}: needs ${values} available.`]
      : [zh ? `! ${host.name} 的${what}可能不足：通常需要 ${values}。` : `! ${host.name} may have too little ${what}: usually needs ${values} available.`]
  }
  return [...line(ram, zh ? '内存' : 'RAM'), ...line(disk, zh ? '磁盘空间' : 'disk space')]
}

/** One sentence or two: need against what is available, the margin, and what holds most of it. */
export function explainVerdict (verdict: DeviceVerdict, locale: Locale): string {
  const { need, available, margin, dominant } = verdict
  const gib = (b: number): string => formatGib(bytes(b), locale)
  const share = formatPercent(dominant.share, locale)
  const category = categoryName(dominant.category, locale)
  const balance = margin >= 0
    ? locale === 'zh' ? `剩余 ${gib(margin)}` : `${gib(margin)} stay free`
    : locale === 'zh' ? `缺少 ${gib(-margin)}` : `${gib(-margin)} are missing`
  const main = locale === 'zh'
    ? `需要 ${gib(need.expected)}，可用 ${gib(available)}，${balance}${reserveClause(verdict, locale)}。`
    : `Needs ${gib(need.expected)} of ${gib(available)} available: ${balance}${reserveClause(verdict, locale)}.`
  const largest = locale === 'zh' ? `占用最多的是${category}：${gib(dominant.bytes)}（${share}）。` : `Largest part: ${category}, ${gib(dominant.bytes)} (${share}).`
  return locale === 'zh' ? `${main}${largest}` : `${main} ${largest}`
}

/** Why a tight run is tight, or that the reserve is kept. */
function reserveClause ({ outcome, need, available, reserve, margin }: DeviceVerdict, locale: Locale): string {
  if (outcome === 'does-not-fit') return ''
  const kept = formatGib(reserve, locale)
  if (outcome === 'fits') return locale === 'zh' ? `，高于应保留的 ${kept}` : `, more than the ${kept} to be kept free`
  if (need.high > available) {
    return locale === 'zh' ? `，但估计区间的上限 ${formatGib(need.high, locale)} 会超出` : `, but the upper end of the estimate, ${formatGib(need.high, locale)}, would not fit`
  }
  return margin < reserve
    ? locale === 'zh' ? `，低于应保留的 ${kept}` : `, less than the ${kept} to be kept free`
    : ''
}
