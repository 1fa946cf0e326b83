import { expect, it } from 'vitest'
import { dataDirectory } from './dataDirectory.ts'

it.each([
  ['linux', {}, '/home/ada/.local/share/headroom'],
  ['linux', { XDG_DATA_HOME: '/data' }, '/data/headroom'],
  ['linux', { XDG_DATA_HOME: 'relative' }, '/home/ada/.local/share/headroom'],
  ['linux', { HEADROOM_DATA: '/srv/headroom', XDG_DATA_HOME: '/data' }, '/srv/headroom'],
  ['darwin', {}, '/home/ada/Library/Application Support/Headroom'],
  ['win32', { APPDATA: 'C:\\Users\\ada\\AppData\\Roaming' }, 'C:\\Users\\ada\\AppData\\Roaming\\Headroom']
] as const)('%s with %o keeps its data in %s', (platform, env, expected) => {
  expect(dataDirectory({ platform, env, home: '/home/ada' })).toBe(expected)
})
