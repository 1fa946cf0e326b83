import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test } from 'vitest'
import { command, COMMAND_IDS } from '#shared/commands/index.ts'
import { VIEWS } from '../stores/route.ts'
import { useCommandStore } from './commandStore.ts'

beforeEach(() => setActivePinia(createPinia()))

test('a command runs what handles it now, and nothing once that is gone', () => {
  const commands = useCommandStore()
  const ran: string[] = []
  expect(commands.run('scenario.save')).toBe(false)
  const leave = commands.provide({ 'scenario.save': { run: () => ran.push('first') } })
  const leaveOther = commands.provide({ 'scenario.save': { run: () => ran.push('second') } })
  expect(commands.run('scenario.save')).toBe(true)
  leave()
  expect(commands.run('scenario.save')).toBe(true)
  leaveOther()
  expect(commands.run('scenario.save')).toBe(false)
  expect(ran).toEqual(['second', 'second'])
})

test('a command that is not enabled does not run; a choice says whether it holds', () => {
  const commands = useCommandStore()
  let ran = false
  commands.provide({ 'plan.undo': { run: () => { ran = true }, enabled: () => false }, 'theme.dark': { run: () => {}, checked: () => true } })
  expect(commands.run('plan.undo')).toBe(false)
  expect(ran).toBe(false)
  expect(commands.offered('plan.undo')).toBe(true)
  expect(commands.checked('theme.dark')).toBe(true)
  expect(commands.checked('plan.undo')).toBe(null)
})

test('the views have commands, with keys in the order of the rail', () => {
  const keys = VIEWS.map((view) => command(`view.${view}`).shortcuts![0]!.key)
  expect(keys).toEqual(keys.toSorted())
  expect(COMMAND_IDS.filter((id) => id.startsWith('view.'))).toHaveLength(VIEWS.length)
})
