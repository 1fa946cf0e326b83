import { onScopeDispose, watch } from 'vue'
import { formatRoute, parseRoute } from '../stores/route.ts'
import { useRouteStore } from '../stores/routeStore.ts'

/** Ties the open view to the address line, so that reloading and going back do what they do everywhere. */
export function useHash (): void {
  const store = useRouteStore()
  const read = () => {
    if (location.hash !== formatRoute(store.route)) store.go(parseRoute(location.hash))
    // What is no route shows the plan, and the address line says so.
    const shown = formatRoute(store.route)
    if (location.hash !== '' && location.hash !== shown) history.replaceState(null, '', shown)
  }
  read()
  window.addEventListener('hashchange', read)
  onScopeDispose(() => window.removeEventListener('hashchange', read))
  watch(() => store.route, (route) => {
    const hash = formatRoute(route)
    if (hash === location.hash || (hash === '#/plan' && location.hash === '')) return
    location.hash = hash
  })
}
