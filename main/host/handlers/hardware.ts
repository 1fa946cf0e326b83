import { sshConfigHosts } from '#main/hardware/remote/index.ts'
import type { HandlersOf } from '../context.ts'

export const hardwareHandlers: HandlersOf<'hardware'> = {
  'hardware.detect': ({ machine, refresh }, { hardware }) => hardware.detect(machine, refresh),
  'hardware.sshHosts': () => sshConfigHosts()
}
