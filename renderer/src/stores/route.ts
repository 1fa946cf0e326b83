/** The views of the workbench, in the order of their shortcuts. */
export const VIEWS = ['plan', 'compare', 'explore', 'hardware', 'library'] as const
export type ViewId = (typeof VIEWS)[number]

/** Views in which the plan is seen and changed: what undoes a change is at hand there. */
export const showsPlan = (view: ViewId): boolean => view === 'plan' || view === 'explore'

/** What the window shows: a view, in the hardware view a machine, and whether a run is being watched there. */
export interface Route {
  readonly view: ViewId
  readonly machine: string | null
  readonly watching: boolean
}

export const HOME: Route = { view: 'plan', machine: null, watching: false }

const WATCH = 'watch'

function decode (segment: string): string | null {
  try {
    return decodeURIComponent(segment)
  } catch {
    return null
  }
}

/** `#/hardware/ssh%3Aalpha/watch` and the like; whatever is no route is the plan. */
export function parseRoute (hash: string): Route {
  const [view, machine, panel] = hash.replace(/^#?\/?/, '').split('/')
  const known = VIEWS.find((id) => id === view)
  if (known !== 'hardware') return { ...HOME, view: known ?? HOME.view }
  return { view: known, machine: machine ? decode(machine) : null, watching: panel === WATCH }
}

export function formatRoute ({ view, machine, watching }: Route): string {
  if (machine === null) return `#/${view}`
  return `#/${view}/${encodeURIComponent(machine)}${watching ? `/${WATCH}` : ''}`
}
