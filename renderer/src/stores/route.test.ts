import { describe, expect, test } from 'vitest'
import { formatRoute, HOME, parseRoute } from './route.ts'

describe('a route', () => {
  test('survives the address line', () => {
    for (const machine of ['local', 'ssh:me@box.example', 'ssh:a%b', 'paper:0b1e', null]) {
      for (const watching of machine === null ? [false] : [true, false]) {
        const route = { view: 'hardware', machine, watching } as const
        expect(parseRoute(formatRoute(route))).toEqual(route)
      }
    }
    expect(parseRoute(formatRoute(HOME))).toEqual(HOME)
  })

  test('that is none is the plan', () => {
    for (const hash of ['', '#', '#/', '#/nowhere/x', '#hardware%2F', '#/%']) expect(parseRoute(hash)).toEqual(HOME)
    expect(parseRoute('#/hardware/%zz')).toEqual({ view: 'hardware', machine: null, watching: false })
  })
})
