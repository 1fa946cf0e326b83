import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { HostError, Machine, MachineDraft } from '#shared/contract/index.ts'
import { host } from '../host/client.ts'
import { useNoticeStore } from './noticeStore.ts'
import { usePlanStore } from './planStore.ts'

/** The saved machines: hosts over ssh and machines on paper; and the hosts that the user's ssh configuration names. */
export const useMachineStore = defineStore('machines', () => {
  const notices = useNoticeStore()
  const planStore = usePlanStore()
  const list = shallowRef<readonly Machine[]>([])
  const listError = shallowRef<HostError | null>(null)
  const configured = shallowRef<readonly string[]>([])

  const remote = computed(() => list.value.filter(({ machine }) => machine.kind === 'remote'))
  const paper = computed(() => list.value.filter(({ machine }) => machine.kind === 'paper'))
  /** Named in the ssh configuration and not saved yet. */
  const suggestions = computed(() => configured.value.filter((name) => !list.value.some(({ machine }) => machine.kind === 'remote' && machine.host === name)))

  const find = (id: string): Machine | null => list.value.find((machine) => machine.id === id) ?? null
  const findHost = (name: string): Machine | null => remote.value.find(({ machine }) => machine.kind === 'remote' && machine.host === name) ?? null

  async function refresh (): Promise<void> {
    const reply = await host.invoke('machine.list', {})
    listError.value = reply.ok ? null : reply.error
    if (reply.ok) list.value = reply.value
  }

  async function readConfiguration (): Promise<void> {
    const reply = await host.invoke('hardware.sshHosts', {})
    if (reply.ok) configured.value = reply.value
  }

  /** Creates when `id` is null. The saved machine, or why it was not saved. */
  async function save (id: string | null, machine: MachineDraft): Promise<Machine | HostError> {
    const reply = await host.invoke('machine.save', { id, machine })
    if (!reply.ok) return reply.error
    await refresh()
    return reply.value
  }

  /** A copy under a name that is free: `Lab 2`, `Lab 3` … */
  function duplicate ({ machine }: Machine): Promise<Machine | HostError> {
    const names = new Set(list.value.map((one) => one.machine.name))
    const stem = machine.name.replace(/ \d+$/, '')
    let number = 2
    while (names.has(`${stem} ${number}`)) number++
    return save(null, { ...machine, name: `${stem} ${number}` })
  }

  async function remove (removed: Machine): Promise<HostError | null> {
    const reply = await host.invoke('machine.remove', { id: removed.id })
    if (!reply.ok) return reply.error
    await refresh()
    notices.show('notice.machineRemoved', { values: { name: removed.machine.name }, action: { label: 'action.undo', run: () => void restore(removed) } })
    return null
  }

  async function restore ({ id, machine }: Machine): Promise<void> {
    const saved = await save(null, machine)
    if (!('code' in saved)) planStore.replaceMachine(id, saved.id)
    else notices.show('notice.restoreFailed', { kind: 'error', values: { reason: saved.message } })
  }

  return { list, listError, remote, paper, suggestions, find, findHost, refresh, readConfiguration, save, duplicate, remove }
})
