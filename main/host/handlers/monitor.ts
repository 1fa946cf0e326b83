import type { HandlersOf } from '../context.ts'

export const monitorHandlers: HandlersOf<'monitor'> = {
  'monitor.watch': (input, { hardware }) => hardware.monitor.watch(input),
  'monitor.leave': (input, { hardware }) => {
    hardware.monitor.leave(input)
    return {}
  }
}
