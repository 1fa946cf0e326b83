import { describe, expect, it } from 'vitest'
import { backward, CheckpointFrame, dimension, edgeOf, GradNode, Leaf, PeakRecord, Scope, shape, Tape, Tensor, type Storage } from './index.ts'

const KIB = shape(dimension('n', 1024))

function tapeWithRecord (): { tape: Tape, record: PeakRecord } {
  const tape = new Tape({ log: false })
  const record = new PeakRecord()
  tape.observe(record)
  return { tape, record }
}

/** A parameter of 1 KiB. */
function leafTensor (tape: Tape): Tensor {
  return new Tensor(tape.allocate(KIB, 1, 'weight', 'weights'), KIB, 1, true, null, new Leaf())
}

/** An operation of one input that keeps `saves` and makes one gradient; `isView` as the result of a matmul is. */
function operation (scope: Scope, x: Tensor, saves: readonly Storage[] = [], isView = false): Tensor {
  const { tape } = scope
  const node = new GradNode(tape, [edgeOf(x)], saves, () => {
    const gradient = tape.allocate(KIB, 1, 'gradient')
    gradient.isView = isView
    return [gradient]
  })
  return scope.own(new Tensor(tape.allocate(KIB, 1, 'output'), KIB, 1, true, node))
}

/** The sum of two: hands the same gradient to both. */
function sum (scope: Scope, a: Tensor, b: Tensor): Tensor {
  const { tape } = scope
  const node = new GradNode(tape, [edgeOf(a), edgeOf(b)], [], (g) => [tape.retain(g), tape.retain(g)])
  return scope.own(new Tensor(tape.allocate(KIB, 1, 'sum'), KIB, 1, true, node))
}

const start = (tape: Tape, root: Tensor): void => backward(tape, root.node!, tape.allocate(KIB, 1, 'gradient of the root'))

describe('the ledger', () => {
  it('rounds every storage up to 512 bytes', () => {
    const { tape } = tapeWithRecord()
    tape.allocate(shape(dimension('n', 1)), 1, 'one byte')
    tape.allocate(shape(dimension('n', 513)), 1, 'a byte too much')
    expect(tape.live).toBe(512 + 1024)
  })
  it('releases with the last reference only', () => {
    const { tape } = tapeWithRecord()
    const storage = tape.allocate(KIB, 1, 'shared')
    tape.retain(storage)
    tape.release(storage)
    expect(tape.live).toBe(1024)
    tape.release(storage)
    expect(tape.live).toBe(0)
  })
  it('remembers the peak and what it consisted of', () => {
    const { tape, record } = tapeWithRecord()
    const a = tape.allocate(KIB, 1, 'a', 'weights')
    tape.release(tape.allocate(KIB, 2, 'b', 'temporaries'))
    tape.release(a)
    tape.finish()
    expect(record.bytes).toBe(3072)
    expect([...record.held].reduce((x, y) => x + y)).toBe(3072)
  })
  it('drops what a frame owns when it closes, except what it returns', () => {
    const { tape } = tapeWithRecord()
    const caller = new Scope(tape)
    const inner = new Scope(tape)
    inner.own(new Tensor(tape.allocate(KIB, 1, 'local'), KIB, 1, false))
    inner.return(inner.own(new Tensor(tape.allocate(KIB, 1, 'result'), KIB, 1, false)), caller)
    expect(tape.live).toBe(1024)
    caller.close()
    expect(tape.live).toBe(0)
  })
})

describe('the backward engine', () => {
  it('gives a leaf its gradient without a copy and keeps nothing else', () => {
    const { tape } = tapeWithRecord()
    const weight = leafTensor(tape)
    const scope = new Scope(tape)
    const y = operation(scope, weight, [weight.storage])
    start(tape, y)
    scope.close()
    expect(weight.leaf!.grad).not.toBeNull()
    expect(tape.live).toBe(2048)
  })
  it.each([
    ['adds in place into a gradient that it alone owns', false, 0],
    ['makes a new tensor where the buffered gradient is a view', true, 1]
  ])('%s', (_, isView, newTensors) => {
    const tape = new Tape({ log: true })
    const weight = leafTensor(tape)
    const scope = new Scope(tape)
    start(tape, sum(scope, operation(scope, weight, [], isView), operation(scope, weight, [], isView)))
    scope.close()
    const born = tape.events!.filter((storage, i) => storage.bornAt === i && storage.role === 'sum of gradients')
    expect(born).toHaveLength(newTensors)
    expect(tape.live).toBe(2048)
  })
  it('adds into an existing .grad in place', () => {
    const { tape } = tapeWithRecord()
    const weight = leafTensor(tape)
    for (let i = 0; i < 2; i++) {
      const scope = new Scope(tape)
      start(tape, operation(scope, weight))
      scope.close()
    }
    expect(tape.live).toBe(2048)
  })
})

describe('a checkpoint', () => {
  it('keeps its arguments instead of saved tensors, and runs the block again up to the last of them', () => {
    const { tape } = tapeWithRecord()
    const weight = leafTensor(tape)
    const caller = new Scope(tape)
    let runs = 0
    let outputs = 0
    const block = (scope: Scope): Tensor => {
      runs++
      const a = operation(scope, weight)
      outputs++
      const b = operation(scope, a, [a.storage])
      outputs++
      scope.drop(a)
      return b
    }
    const argument = caller.own(new Tensor(tape.allocate(KIB, 1, 'input'), KIB, 1, false))
    tape.frame = new CheckpointFrame(tape, [argument.storage], (scope) => { block(scope) })
    const inner = new Scope(tape)
    const result = inner.return(block(inner), caller)
    tape.frame = null
    caller.drop(argument)
    expect(tape.live).toBe(3 * 1024)
    start(tape, result)
    expect([runs, outputs]).toEqual([2, 3])
    caller.close()
    expect(tape.live).toBe(2048)
  })
})
