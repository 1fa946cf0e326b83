/** Vue's numbers of places where an error leaves a component half drawn: setup, render, lifecycle hooks, loading a view. */
const DRAWING = new Set(['0', '1', 'bm', 'm', 'bu', 'u', 'a', '13', '15'])
const DRAWING_NAMES = ['setup function', 'render function', 'mount', 'update', 'activated hook', 'async component loader', 'component update']

/** Whether an error that Vue reports in `info` has broken what is on the screen. A build reports a number, development a name. */
export function breaksView (info: string): boolean {
  const code = /#runtime-(\w+)$/.exec(info)?.[1]
  return code !== undefined ? DRAWING.has(code) : DRAWING_NAMES.some((name) => info.includes(name))
}

/** What is worth sending to whoever mends it: no plan, no path of this machine. */
export function errorDetails (error: unknown, view: string, version: string | null): string {
  const stack = error instanceof Error ? error.stack ?? `${error.name}: ${error.message}` : String(error)
  const place = stack.replaceAll(/\b(?:https?|app):\/\/[^/\s)]+\//g, '')
  return [`Headroom ${version ?? '?'}, view ${view}`, navigator.userAgent, place].join('\n')
}
