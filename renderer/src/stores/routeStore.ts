import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { HOME, type Route, type ViewId } from './route.ts'

/** Which view is open. The address line follows it, and it follows the address line. */
export const useRouteStore = defineStore('route', () => {
  const route = shallowRef<Route>(HOME)
  /** Where each view was when it was left. */
  const left = new Map<ViewId, Route>()

  function go (next: Partial<Route>): void {
    left.set(route.value.view, route.value)
    route.value = { ...route.value, ...next }
  }

  function open (view: ViewId): void {
    if (view !== route.value.view) go(left.get(view) ?? { ...HOME, view })
  }

  return { route, go, open }
})
