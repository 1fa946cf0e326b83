import { capacityOf, searchGpus } from '#shared/catalog/index.ts'
import type { Machine, TargetSource } from '#shared/contract/index.ts'
import { paperKey, sshKey } from '../../stores/machineKey.ts'

/** Something that can be added to the target. */
export interface TargetChoice {
  readonly id: string
  readonly name: string
  readonly source: TargetSource
  /** Of a card. */
  readonly capacity: number | null
}

function machineChoice ({ id, machine }: Machine): TargetChoice {
  return machine.kind === 'remote'
    ? { id: sshKey(machine.host), name: machine.name, source: { kind: 'machine', machine: sshKey(machine.host), devices: null }, capacity: null }
    : { id: paperKey(id), name: machine.name, source: { kind: 'paper', id }, capacity: null }
}

/** Saved machines, then cards whose usable memory is known: the others cannot be judged against. */
export function targetChoices (query: string, machines: readonly Machine[]): TargetChoice[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  const cards = searchGpus(query, 120).flatMap((gpu): TargetChoice[] => {
    const capacity = capacityOf(gpu)
    return capacity === null ? [] : [{ id: gpu.id, name: gpu.name, source: { kind: 'catalog', gpuId: gpu.id }, capacity }]
  })
  return [...machines.map(machineChoice).filter(({ name, id }) => words.every((word) => `${name} ${id}`.toLowerCase().includes(word))), ...cards.slice(0, 60)]
}
