import { defineAsyncComponent, type Component } from 'vue'
import type { IconName } from '../../components/UiIcon.vue'
import type { ViewId } from '../../stores/route.ts'
import PlanView from './PlanView.vue'

/** What each view of the rail shows. The first one is there at once, the others load when they are first opened. */
export const VIEW_COMPONENTS: Readonly<Record<ViewId, Component>> = {
  plan: PlanView,
  compare: defineAsyncComponent(() => import('../compare/CompareView.vue')),
  explore: defineAsyncComponent(() => import('../explore/ExploreView.vue')),
  hardware: defineAsyncComponent(() => import('../hardware/HardwareView.vue')),
  library: defineAsyncComponent(() => import('../library/LibraryView.vue'))
}

export const VIEW_ICONS: Readonly<Record<ViewId, IconName>> = { plan: 'plan', compare: 'compare', explore: 'grid', hardware: 'chip', library: 'library' }
