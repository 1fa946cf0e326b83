import type { Category } from '../category.ts'
import type { DecoderLayer } from '../modules/families/index.ts'
import type { Parameter } from '../modules/linear.ts'
import type { LayerPlace } from '../stack.ts'
import { edgeOf, GradNode, SCALAR, Tensor, type Held, type Scope, type Shape, type Storage } from '../tape/index.ts'
import type { PhaseTrace, Timeline } from '../timeline.ts'
import type { Blocks } from './blocks.ts'
import { keptAfter, type Reference } from './blockReferences.ts'
import { contextsOf, isFirst } from './representative.ts'

/** Two blocks taken for equal are not, or a block leaves something behind that is not followed: run the blocks themselves. */
export class Unequal extends Error {}

/** What one block does to the ledger in one phase: its highest moment over what was there before it, and what it leaves. */
interface Change {
  readonly peak: number
  readonly heldAtPeak: Held
  readonly left: Held
}

/** What a block's forward pass leaves behind, and what refers to it. */
interface Forward {
  readonly result: { readonly shape: Shape, readonly elementSize: number, readonly category: Category, readonly tokensLast: boolean, readonly differentiable: boolean }
  readonly references: readonly Reference[]
  readonly inputCategory: Category
  /** Which of the block's trained parameters get a gradient; known after the first backward pass. */
  trains: readonly boolean[]
}

/** What a forward pass of the model gives a block. */
export interface BlockCall {
  readonly blocks: Blocks
  readonly scope: Scope
  readonly x: Tensor
  readonly shared: readonly Storage[]
  readonly layer: DecoderLayer
  readonly index: number
  readonly trained: readonly Parameter[]
}

/**
 * Blocks of a kind that stand before equal neighbours change the ledger alike. They are run on the tape of a stack that has every
 * such place (`record`); on other tapes of the model one change per block and phase stands for them (`replay`). Every block that is
 * recorded twice has to have done the same, and every one that is replayed has to leave what the recorded one left.
 */
export class BlockEffects {
  private readonly forwards = new Map<string, Forward | null>()
  private readonly changes = new Map<string, Change>()
  private keys: string[] = []
  private replays = false
  private timeline!: Timeline
  /** Recorded: the blocks' own parameters, to see after the backward pass which have a gradient. */
  private seen: { readonly forward: Forward, readonly own: readonly Parameter[] }[] = []

  /** The next tape: of these blocks. */
  begin (timeline: Timeline, places: readonly LayerPlace[], replays: boolean): void {
    this.timeline = timeline
    this.replays = replays
    this.keys = contextsOf(places)
    timeline.effects = this
  }

  forward (call: BlockCall): Tensor {
    const { index, x } = call
    const key = `${this.timeline.phases.length} ${this.keys[index]} ${x.requiresGrad}`
    return this.replays ? this.replayForward(call, key) : this.recordForward(call, key)
  }

  private recordForward (call: BlockCall, key: string): Tensor {
    const own = call.trained.filter((parameter) => parameter.layer === call.index)
    if (own.some(({ leaf }) => leaf!.beforeGrad ?? leaf!.afterGrad)) throw new Unequal()
    const { result, references } = keptAfter(call, own)
    if (!references) {
      // The first of a kind, which has more to do, is run wherever it stands; where every block is such a one nothing is gained.
      if (!isFirst(this.keys[call.index]!)) throw new Unequal()
      this.forwards.set(key, null)
      return result
    }
    const { shape, elementSize, storage, tokensLast, requiresGrad } = result
    const forward: Forward = {
      result: { shape, elementSize, category: storage.category, tokensLast, differentiable: requiresGrad },
      references, inputCategory: call.x.storage.category, trains: []
    }
    const known = this.forwards.get(key)
    if (known && JSON.stringify([known.references, known.result.differentiable]) !== JSON.stringify([references, requiresGrad])) throw new Unequal()
    if (!known) this.forwards.set(key, forward)
    this.seen.push({ forward: known ?? forward, own })
    return result
  }

  /** The backward pass is through and gradients are in place. */
  afterBackward (): void {
    this.timeline.mark()
    for (const { forward, own } of this.seen) {
      const trains = own.map(({ leaf }) => leaf!.grad !== null)
      if (forward.trains.length > 0 && trains.join() !== forward.trains.join()) throw new Unequal()
      forward.trains = trains
    }
    this.seen = []
  }

  private replayForward ({ scope, x, shared, layer, index, blocks, trained }: BlockCall, key: string): Tensor {
    const { tape } = scope
    const forward = this.forwards.get(key)
    if (forward === null) return blocks.forward(scope, x, shared, layer, index)
    if (!forward) throw new Unequal()
    this.apply(index)
    tape.muted = true
    tape.recategorize(x.storage, forward.inputCategory)
    const { result: { shape, elementSize, category, tokensLast, differentiable } } = forward
    const storage = tape.allocate(shape, elementSize, '', category)
    const edge = edgeOf(x)
    const own = differentiable ? trained.filter((parameter) => parameter.layer === index) : []
    const node = differentiable ? new GradNode(tape, [edge], [], () => this.replayBackward(forward, x, index, own, edge !== null)) : null
    const held: Storage[] = []
    for (const { of, bytes, category: kind, saved, cached, withGraph, withClosure } of forward.references) {
      const kept = of === 'input' ? x.storage : of === 'result' ? storage : of === 'new' ? tape.lump(bytes, kind) : shared[of]!
      if (of !== 'new') tape.retain(kept)
      for (let i = saved + cached + withGraph + withClosure; i > 1; i--) tape.retain(kept)
      for (let i = 0; i < saved; i++) held.push(kept)
      for (let i = 0; i < withGraph; i++) tape.graphKept.push(kept)
      for (let i = 0; i < withClosure; i++) blocks.adopt(kept)
      for (let i = 0; i < cached; i++) {
        const cast = new Tensor(kept, SCALAR, 1, false)
        tape.weightCache!.set(cast, cast)
      }
    }
    if (node) node.saved = held
    tape.muted = false
    const result = new Tensor(storage, shape, elementSize, differentiable, node)
    result.tokensLast = tokensLast
    return scope.own(result)
  }

  private replayBackward ({ trains }: Forward, x: Tensor, index: number, own: readonly Parameter[], hasEdge: boolean): [Storage | null] {
    const { tape } = this.timeline
    this.apply(index)
    tape.muted = true
    own.forEach(({ leaf, shape, elementSize, storage }, i) => {
      if (!trains[i] || leaf!.grad) return
      tape.module = storage.module
      leaf!.grad = tape.allocate(shape, elementSize, 'weight gradient', 'gradients')
    })
    const made = hasEdge ? tape.allocate(x.shape, x.elementSize, 'gradient', 'temporaries') : null
    tape.muted = false
    return [made]
  }

  private apply (index: number): void {
    const change = this.changes.get(`${this.timeline.phases.length - 1} ${this.keys[index]}`)
    if (!change) throw new Unequal()
    this.timeline.tape.peakOver(change.peak, change.heldAtPeak)
  }

  /** The tape has been run: learns what its blocks did, or makes sure that those replayed did what the recorded ones had. */
  end (): void {
    this.timeline.phases.forEach((phase, i) => {
      if (phase.kind !== 'forward' && phase.kind !== 'backward') return
      for (const [index, change] of changesIn(phase)) {
        const key = `${i} ${this.keys[index]}`
        const known = this.changes.get(key)
        if (!known && this.replays) throw new Unequal()
        if (!known) this.changes.set(key, change)
        else if (!equal(known, change)) throw new Unequal()
      }
    })
  }
}

function changesIn ({ marks, segments }: PhaseTrace): Map<number, Change> {
  const changes = new Map<number, Change>()
  marks.forEach(({ segment, live, held }, i) => {
    if (segment < 0) return
    const next = marks[i + 1]
    if (!next || changes.has(segment)) throw new Unequal()
    const record = segments.get(segment)!
    changes.set(segment, {
      peak: record.bytes - live,
      heldAtPeak: record.held.map((bytes, c) => bytes - held[c]!),
      left: next.held.map((bytes, c) => bytes - held[c]!)
    })
  })
  return changes
}

const equal = (a: Change, b: Change): boolean =>
  a.peak === b.peak && a.heldAtPeak.every((bytes, i) => bytes === b.heldAtPeak[i]) && a.left.every((bytes, i) => bytes === b.left[i])
