import { computed, ref, type ComputedRef } from 'vue'
import { parseCount } from '#shared/units/index.ts'
import { stepFrom, type NumberScale } from './numberScale.ts'

export interface NumberTextOptions {
  readonly value: () => number
  /** Text kept from an earlier visit that is no number. */
  readonly draft: () => string | null
  readonly scale: () => NumberScale
  /** A number as read. What it gives must read back. */
  readonly format: (value: number) => string
  readonly change: (value: number) => void
  readonly reject: (text: string) => void
  readonly begin: () => void
  readonly end: () => void
  readonly cancel: () => void
}

interface NumberText {
  readonly shown: ComputedRef<string>
  readonly focus: (event: FocusEvent) => void
  readonly input: (event: Event) => void
  readonly click: (event: MouseEvent) => void
  readonly keydown: (event: KeyboardEvent) => void
  readonly keyup: () => void
  readonly blur: () => void
}

const STEPS: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowDown: -1, PageUp: 2, PageDown: -2 }

/**
 * The behaviour of a number that is typed: expressions with units apply as they are typed, arrows step, Escape takes the
 * gesture back, and what is not a number stays until it is corrected.
 */
export function useNumberText (options: NumberTextOptions): NumberText {
  const text = ref<string | null>(null)
  /** The first click into the field selects the number; later ones place the caret. */
  let fresh = false
  const shown = computed(() => text.value ?? options.draft() ?? options.format(options.value()))

  function settle (): void {
    const typed = text.value
    text.value = null
    if (typed === null) return
    const value = parseCount(typed)
    if (value !== null) options.change(value)
    else if (typed.trim() !== '') options.reject(typed)
    options.end()
  }

  function move (target: number): void {
    text.value = null
    options.begin()
    options.change(target)
  }

  return {
    shown,
    focus (event) {
      fresh = true
      const input = event.target as HTMLInputElement
      input.select()
    },
    click (event) {
      if (fresh && text.value === null) (event.target as HTMLInputElement).select()
      fresh = false
    },
    input (event) {
      options.begin()
      text.value = (event.target as HTMLInputElement).value
      const value = parseCount(text.value)
      if (value !== null) options.change(value)
    },
    keydown (event) {
      const scale = options.scale()
      const steps = STEPS[event.key]
      if (steps !== undefined && !event.ctrlKey && !event.metaKey) {
        event.preventDefault()
        move(stepFrom(options.value(), steps, scale, event.altKey))
      } else if ((event.key === 'Home' || event.key === 'End') && text.value === null && !event.shiftKey) {
        event.preventDefault()
        move(scale.soft[event.key === 'Home' ? 0 : 1])
      } else if (event.key === 'Enter') {
        settle()
      } else if (event.key === 'Escape' && text.value !== null) {
        event.stopPropagation()
        text.value = null
        options.cancel()
      } else if (event.key === 'z' && (event.ctrlKey || event.metaKey) && text.value !== null) {
        // Text that is being typed has the browser's own undo.
        event.stopPropagation()
      }
    },
    keyup () {
      if (text.value === null) options.end()
    },
    blur () {
      settle()
      options.end()
    }
  }
}
