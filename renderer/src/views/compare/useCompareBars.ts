import { computed, type ComputedRef, type Ref } from 'vue'
import { CATEGORIES, type Category } from '#shared/memory/index.ts'
import type { Compared } from '#shared/report/index.ts'
import type { CompareBars } from '../../charts/compareChart.ts'
import { useText } from '../../composables/useText.ts'
import { useTokens } from '../../composables/useTokens.ts'
import { useCompareStore } from '../../stores/compareStore.ts'
import { useTargetStore } from '../../stores/targetStore.ts'
import { cardLines, compareBars, type Look } from './compareBars.ts'

/** The bars of what is compared, in the colours of the theme. */
export function useCompareBars (compared: Readonly<Ref<readonly Compared[]>>, look: Readonly<Ref<Look>>): ComputedRef<CompareBars> {
  const { t, locale } = useText()
  const store = useCompareStore()
  const target = useTargetStore()
  const categories = useTokens(Object.fromEntries(CATEGORIES.map((category) => [category, `--cat-${category}`])) as Record<Category, string>)
  const scenarios = useTokens({ a: '--accent', b: '--cat-activations', c: '--cat-adapters', d: '--cat-logits-and-loss', e: '--cat-gradients', f: '--cat-kv-cache', g: '--cat-workspace', h: '--cat-checkpoints' })
  return computed(() => compareBars(look.value, compared.value, cardLines(store.device, target.target.reserve, t, locale.value), { categories: categories.value, scenarios: Object.values(scenarios.value) }, locale.value))
}
