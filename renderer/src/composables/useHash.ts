import { onScopeDispose, watch } from 'vue'
import { formatRoute, parseRoute } from '../stores/route.ts'
import { useRouteStore } from '../stores/routeStore.ts'

/** Ties the open view to the address line, so that reloading and going back do what they do everywhere. */
export function useHash (): void {
  const store = useRouteStore()
  const read = () => {
    if (location.hash !== formatRoute(store.route)) store.go(parseRoute(location.hash))
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
