import { describe, expect, test } from 'vitest'
import { mib } from '../units/index.ts'
import reported from './fixtures/reportedGpus.json' with { type: 'json' }
import { matchGpu } from './gpuMatch.ts'
import { gpus } from './gpus.ts'

const match = (name: string, totalMib: number | null) => matchGpu(name, totalMib === null ? null : mib(totalMib))?.id ?? null

describe('matchGpu over the names that real machines printed', () => {
  /** Each with the reason why no card may be named. */
  const unmatched: Readonly<Record<string, string>> = {
    'GeForce GTX 1070 Ti 4096': 'a size that this card never had',
    'Graphics Device 5912': 'no name',
    'Intel(R) Arc(TM) A770 16288': 'a name cut by a tool that does not mark the cut',
    'NVIDIA A800-SXM4-80GB 2000': 'a virtual slice',
    'NVIDIA L20 8376': 'a virtual slice',
    'NVIDIA GeForce ... 2000': 'cut too short',
    'NVIDIA GeForce ... 11264': 'cut too short',
    'NVIDIA GeForce ... 23028': 'cut too short',
    'NVIDIA GeForce ... 24259': 'cut too short',
    'NVIDIA GeForce GTX 1050 Ti 4039': 'not in the catalog',
    'NVIDIA GeForce GTX 1050 Ti 4096': 'not in the catalog',
    'NVIDIA GeForce GTX 680 2000': 'not in the catalog',
    'NVIDIA GeForce RTX 3050 ... 4096': 'not in the catalog',
    'Quadro P2000 5120': 'not in the catalog',
    'Quadro P400 1998': 'not in the catalog',
    'NVIDIA GeForce RTX 3080 ... 16384': 'two laptop cards of 16 GB',
    'NVIDIA GeForce RTX 5090 ... 24463': 'the laptop card or the D v2',
    'NVIDIA RTX PRO 6000 Blac... 97887': 'three editions',
    'NVIDIA RTX PRO 6000 Blackwell null': 'three editions',
    'NVIDIA Thor null': 'two modules'
  }

  test('98 of 118 are a card of the catalog', () => {
    const missed = reported.filter(({ name, totalMib }) => match(name, totalMib) === null).map(({ name, totalMib }) => `${name} ${totalMib}`)
    expect(missed.toSorted()).toEqual(Object.keys(unmatched).toSorted())
    expect(reported).toHaveLength(118)
  })
})

test.each([
  ['NVIDIA A100-SXM4-80GB', 81920, 'a100-sxm4-80gb'],
  ['A100-SXM4-40GB', 40536, 'a100-sxm4-40gb'],
  ['NVIDIA GeForce RTX 4090', 24564, 'rtx-4090'],
  ['NVIDIA GeForce RTX 4090', 49140, 'rtx-4090-48gb-mod'],
  ['GeForce RTX 3080', 10240, 'rtx-3080-10gb'],
  ['NVIDIA GeForce RTX 3080', 12288, 'rtx-3080-12gb'],
  ['NVIDIA GeForce RTX 4060 Ti', 8188, 'rtx-4060-ti-8gb'],
  ['Tesla T4', 15360, 't4'],
  ['NVIDIA RTX A6000', 49140, 'rtx-a6000'],
  ['nvidia h100 pcie', 81559, 'h100-pcie-80gb'],
  ['Orin (nvgpu)', 62841, 'jetson-agx-orin-64gb']
])('%s with %i MiB is %s', (name, totalMib, id) => expect(match(name, totalMib)).toBe(id))

test.each([
  ['NVIDIA GeForce RTX 4090', null],
  ['NVIDIA GeForce RTX 5060 Ti', null],
  ['NVIDIA GeForce RTX 2060', 6144],
  ['NVIDIA H100', 81559],
  ['NVIDIA GeForce RTX 4090', 0],
  ['NVIDIA A100-SXM4-40GB MIG 1g.5gb', 4864],
  ['GRID T4-8Q', 8192],
  ['Orin', 7620],
  ['', 24564],
  ['...', 24564],
  ['4090', 24564]
])('%s with %s MiB is not guessed', (name, totalMib) => expect(match(name, totalMib)).toBeNull())

test('every reported name with the reported total leads back to its card, or to none where a twin exists', () => {
  for (const gpu of gpus) {
    const { reportedBytes } = gpu.memory
    if (reportedBytes === null) continue
    for (const name of gpu.reportedNames) expect([gpu, null]).toContain(matchGpu(name, reportedBytes))
  }
})
