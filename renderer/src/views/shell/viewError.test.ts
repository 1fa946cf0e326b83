import { expect, test } from 'vitest'
import { breaksView, errorDetails } from './viewError.ts'

test('drawing that fails breaks a view, a click that fails does not', () => {
  const runtime = (code: number | string) => `https://vuejs.org/error-reference/#runtime-${code}`
  expect([0, 1, 13, 'm'].map((code) => breaksView(runtime(code)))).toEqual([true, true, true, true])
  expect([5, 6, 2].map((code) => breaksView(runtime(code)))).toEqual([false, false, false])
  expect(breaksView('render function')).toBe(true)
  expect(breaksView('native event handler')).toBe(false)
})

test('the details name the place without the address of the server', () => {
  const error = new Error('no such phase')
  error.stack = 'Error: no such phase\n    at draw (http://127.0.0.1:8123/assets/index-abc.js:12:3)'
  const details = errorDetails(error, 'plan', '0.1.0')
  expect(details).toContain('Headroom 0.1.0, view plan')
  expect(details).toContain('at draw (assets/index-abc.js:12:3)')
  expect(details).not.toContain('127.0.0.1')
})
