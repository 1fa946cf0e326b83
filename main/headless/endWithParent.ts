const EVERY_MS = 500

/**
 * Sends this process a SIGTERM when the script runner that started it has gone. npm passes a signal on to its shell, and the
 * shell dies without telling the program: a server would stay behind, holding its port and the library. Returns the way to
 * stop watching.
 */
export function endWithParent (): () => void {
  if (process.env['npm_lifecycle_event'] === undefined) return () => {}
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
  }, EVERY_MS).unref()
  return () => { clearInterval(watch) }
}
