import { describe, expect, test } from 'vitest'
import { axisById, choiceById, type SweepCell } from '#shared/advice/index.ts'
import { defaultPlan } from '#shared/plan/index.ts'
import { gib } from '#shared/units/index.ts'
import { imageLayout } from '../../charts/exploreImage.ts'
import type { Translate } from '../../i18n/index.ts'
import { startGrid, withCells } from '../../stores/exploreStoreGrid.ts'
import type { SweepRequest } from '../../workers/sweepMessages.ts'
import { listText, shortValue, valueText } from './axisText.ts'
import { cellSummary, compactGib, lookOf, signedGib } from './cellText.ts'
import { gridCsv } from './gridCsv.ts'
import { moved } from './gridKeys.ts'
import { MOST_VALUES, parseValues } from './parseValues.ts'

const t: Translate = (key, values) => `${key}${values ? ` ${Object.values(values).join(' ')}` : ''}`
const sequence = axisById('sequenceLength')

describe('a list of values', () => {
  test('is read in the ways people write it, ascending, each once', () => {
    expect(parseValues('1, 4*8 2;32k、3，2', sequence)).toEqual({ values: [1, 2, 3, 32, 32_768] })
  })

  test('reads back what it shows', () => {
    const values = sequence.values(defaultPlan())
    expect(listText(values)).toBe('256, 512, 1k, 2k, 4k, 8k, 16k, 32k, 64k, 128k')
    expect(parseValues(listText(values), sequence)).toEqual({ values })
    expect(parseValues('0.1 0.25', axisById('engineShare'))).toEqual({ values: [0.1, 0.25] })
  })

  test('says what is wrong with it', () => {
    expect(parseValues(' ', sequence)).toEqual({ problem: { code: 'empty' } })
    expect(parseValues('1, two', sequence)).toEqual({ problem: { code: 'notNumber', found: 'two' } })
    expect(parseValues('0', sequence)).toMatchObject({ problem: { code: 'outside', found: '0', min: 1 } })
    expect(parseValues('1.5', sequence)).toEqual({ problem: { code: 'notWhole', found: '1.5' } })
    expect(parseValues(Array.from({ length: MOST_VALUES + 1 }, (_, i) => i + 1).join(), sequence)).toEqual({ problem: { code: 'tooMany', found: MOST_VALUES + 1, max: MOST_VALUES } })
  })

  test('names values in full and in short', () => {
    expect(valueText(sequence, 2048, t, 'en')).toBe('2,048')
    expect(shortValue(sequence, 2048, t, 'en')).toBe('2k')
    expect(shortValue(sequence, 3000, t, 'en')).toBe('3,000')
    expect(valueText(choiceById('model'), 'Qwen/Qwen2.5-7B', t, 'en')).toBe('Qwen2.5 7B')
    expect(valueText(choiceById('quantization'), 'nf4', t, 'en')).toBe('NF4')
    expect(valueText(axisById('engineShare'), 0.3, t, 'en')).toBe('30%')
  })
})

describe('keys', () => {
  const from = { column: 2, row: 3 }
  const press = (key: string, ctrlKey = false) => moved({ key, ctrlKey, metaKey: false }, from, 5, 9)

  test('move by one, to the ends, by a page, and never out of the grid', () => {
    expect(press('ArrowLeft')).toEqual({ column: 1, row: 3 })
    expect(press('ArrowDown')).toEqual({ column: 2, row: 4 })
    expect(press('Home')).toEqual({ column: 0, row: 3 })
    expect(press('End')).toEqual({ column: 4, row: 3 })
    expect(press('Home', true)).toEqual({ column: 0, row: 0 })
    expect(press('End', true)).toEqual({ column: 4, row: 8 })
    expect(press('PageUp')).toEqual({ column: 2, row: 0 })
    expect(press('PageDown')).toEqual({ column: 2, row: 7 })
    expect(press('ArrowUp', true)).toEqual({ column: 2, row: 0 })
    expect(moved({ key: 'ArrowRight', ctrlKey: false, metaKey: false }, { column: 4, row: 0 }, 5, 9)).toEqual({ column: 4, row: 0 })
    expect(press('a')).toBeNull()
  })
})

const cell: SweepCell = { column: 0, row: 0, total: gib(68), low: gib(67), high: gib(78), outcome: 'tight', margin: gib(11), dominant: 'activations', lacks: null, problem: null, failure: null }
const known = { ...cell, stale: false, exact: true }

describe('a cell', () => {
  test('has a short figure, in TiB from a thousand GiB on', () => {
    expect([gib(1.25), gib(99.94), gib(99.96), gib(445), gib(999), gib(1024), gib(12_345), gib(110_000)].map((amount) => compactGib(amount, 'en'))).toEqual(['1.3', '99.9', '100', '445', '999', '1T', '12T', '107T'])
    expect(signedGib(gib(-43.7), 'en')).toBe('−43.7')
  })

  test('is told in one breath, with why it has no figure', () => {
    expect(cellSummary(known, t, 'en')).toBe('68.0 GiB, tight, device.spare 11.0 GiB')
    const refused = { ...known, total: null, outcome: null, margin: null, problem: { path: 'data.microBatch', code: 'too-small' as const, values: { found: 0, min: 1 } } }
    expect(lookOf(refused)).toBe('refused')
    expect(cellSummary(refused, t, 'en')).toBe('explore.look.refused, data.microBatch is 0; the smallest possible value is 1.')
    expect(cellSummary({ ...known, outcome: 'unsupported', lacks: 'bf16' }, t, 'en')).toContain('explore.lacks bf16')
    expect(lookOf({ ...known, outcome: null })).toBe('unjudged')
    expect(lookOf(undefined)).toBe('pending')
  })
})

describe('files', () => {
  const request: SweepRequest = { plan: defaultPlan(), x: { id: 'sequenceLength', values: [512, 1024] }, y: { id: 'optimizer', values: ['adamw'] }, device: { id: 'a', name: 'Card, large', capacity: gib(80), free: gib(79), origin: 'catalog', computeCapability: '8.0' }, reserve: 0.3 }

  test('CSV has a row per computed cell, with paths, bytes and the card', () => {
    const grid = withCells(startGrid(request, null), [cell], true)
    expect(gridCsv(grid).split('\n')).toEqual([
      'data.sequenceLength,optimizer.kind,verdict,needed_bytes,low_bytes,high_bytes,margin_bytes,dominant,reason,card,free_bytes,reserve_share',
      `512,adamw,tight,${gib(68)},${gib(67)},${gib(78)},${gib(11)},activations,,"Card, large",${gib(79)},0.3`,
      ''
    ])
  })

  test('the picture has room for every text', () => {
    const image = { title: '', subtitle: '', xName: '', yName: 'y', columns: ['1', 'a long name'], rows: ['16', '32,768'], cells: [], legend: [] }
    const layout = imageLayout(image, (text) => text.length * 8)
    expect(layout.cellWidth).toBe(11 * 8 + 16)
    expect(layout.left).toBeGreaterThan(6 * 8)
    expect(layout.width).toBeGreaterThanOrEqual(layout.left + 2 * layout.cellWidth)
  })
})
