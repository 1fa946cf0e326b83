import { computed, onMounted, onScopeDispose, ref, watch, type ComputedRef, type ShallowRef } from 'vue'

export interface WindowedRows {
  readonly first: ComputedRef<number>
  /** Inclusive; before `first` when there are none. */
  readonly last: ComputedRef<number>
  /** Height of all rows, and where the first that is drawn stands, in rem. */
  readonly height: ComputedRef<number>
  readonly top: ComputedRef<number>
  readonly scroll: () => void
  readonly reveal: (index: number) => void
}

/** Rows that are drawn beyond each edge, so that scrolling shows no gaps. */
const MARGIN = 6

/** Of a long list of equal rows only those in sight are drawn. `rowRem`: a row's height; `headRem`: of what sticks to the top. */
export function useWindowedRows (scroller: Readonly<ShallowRef<HTMLElement | null>>, count: () => number, rowRem: number, headRem: number): WindowedRows {
  const [top, tall, rem] = [ref(0), ref(600), ref(14)]
  const measure = (): void => {
    rem.value = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
    if (scroller.value) tall.value = scroller.value.clientHeight
  }
  const observer = new ResizeObserver(measure)
  onMounted(() => {
    watch(scroller, (element) => {
      observer.disconnect()
      if (element) observer.observe(element)
      measure()
    }, { immediate: true })
  })
  onScopeDispose(() => observer.disconnect())

  const rowAt = (pixels: number): number => Math.floor(pixels / (rowRem * rem.value))
  const first = computed(() => Math.max(0, Math.min(rowAt(top.value) - MARGIN, count() - 1)))
  const last = computed(() => Math.min(count() - 1, rowAt(top.value + tall.value) + MARGIN))

  return {
    first,
    last,
    height: computed(() => count() * rowRem),
    top: computed(() => first.value * rowRem),
    scroll: () => { top.value = scroller.value?.scrollTop ?? 0 },
    reveal (index) {
      const element = scroller.value
      if (!element) return
      const [row, head] = [rowRem * rem.value, headRem * rem.value]
      if (index * row < element.scrollTop) element.scrollTop = index * row
      else if ((index + 1) * row + head > element.scrollTop + element.clientHeight) element.scrollTop = (index + 1) * row + head - element.clientHeight
    }
  }
}
