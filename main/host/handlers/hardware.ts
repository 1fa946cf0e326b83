import type { HandlersOf } from '../context.ts'

export const hardwareHandlers: HandlersOf<'hardware'> = {
  'hardware.detect': ({ refresh }, { readHardware }) => readHardware(refresh)
}
