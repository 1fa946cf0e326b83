import { dimension, edgeOf, GradNode, shape, Tensor, type Scope, type Shape, type Storage, type Tape } from '../tape/index.ts'
import { needsGrad } from './elementwise.ts'

interface Layer {
  keys: Storage
  values: Storage
}

/**
 * transformers' DynamicCache (5.18, cache_utils.py): per layer keys and values [b, nkv, t, d], made longer by concatenation. A full
 * layer frees its old keys before the values grow; a sliding layer holds both old tensors until both new ones are there.
 */
export class KeyValueCache {
  /** Tokens that the layers hold after the pass that is running or to come. */
  length: number
  private readonly tape: Tape
  private readonly slides: (layer: number) => boolean
  private readonly window: number
  private readonly layers = new Map<number, Layer>()

  constructor (tape: Tape, length: number, slides: (layer: number) => boolean, window: number) {
    this.tape = tape
    this.length = length
    this.slides = slides
    this.window = window
  }

  /** DynamicLayer.update: takes one layer's new keys and values, and returns all that attention sees, as handles of `scope`. */
  update (scope: Scope, keys: Tensor, values: Tensor, layer: number): [Tensor, Tensor] {
    const before = this.layers.get(layer)
    const grown = (fresh: Tensor): Shape => {
      const [batch, , heads, width] = fresh.shape.dimensions
      // A sliding layer keeps a view of all that its first pass brought (DynamicSlidingWindowLayer.update).
      return shape(batch!, dimension('p+t', before ? this.visible(layer) : this.length), heads!, width!)
    }
    const [keyShape, valueShape] = [grown(keys), grown(values)]
    // torch.cat: backward hands out a view of its gradient.
    const nodes = [keys, values].map((fresh) => needsGrad(this.tape, fresh)
      ? new GradNode(this.tape, [edgeOf(fresh)], [], (g) => {
        g.isView = true
        return [this.tape.retain(g)]
      })
      : null)
    const longKeys = this.tape.allocate(keyShape, keys.elementSize, 'keys', 'kv-cache')
    if (before && !this.slides(layer)) this.tape.release(before.keys)
    const longValues = this.tape.allocate(valueShape, values.elementSize, 'values', 'kv-cache')
    if (before) this.tape.release(before.values)
    if (before && this.slides(layer)) this.tape.release(before.keys)
    this.layers.set(layer, { keys: longKeys, values: longValues })
    // `key_states, value_states = past_key_values.update(…)`: the names of the new ones are bound anew.
    scope.drop(keys, values)
    const view = (storage: Storage, extent: Shape, size: number, node: GradNode | null): Tensor => scope.own(new Tensor(this.tape.retain(storage), extent, size, node !== null, node))
    return [view(longKeys, keyShape, keys.elementSize, nodes[0]!), view(longValues, valueShape, values.elementSize, nodes[1]!)]
  }

  /** Jumps to the state after `length` tokens, layer by layer, as the passes between would have left it. */
  growTo (length: number): void {
    this.length = length
    for (const [layer, held] of this.layers) {
      const resized = (old: Storage, role: string): Storage => {
        const [batch, , heads, width] = old.shape.dimensions
        this.tape.release(old)
        return this.tape.allocate(shape(batch!, dimension('p+t', this.visible(layer)), heads!, width!), old.elementSize, role, 'kv-cache')
      }
      this.layers.set(layer, { keys: resized(held.keys, 'keys'), values: resized(held.values, 'values') })
    }
  }

  /** Gives what it holds to whoever asks. */
  take (): Storage[] {
    const held = [...this.layers.values()].flatMap(({ keys, values }) => [keys, values])
    this.layers.clear()
    return held
  }

  free (): void {
    for (const { keys, values } of this.layers.values()) {
      this.tape.release(keys)
      this.tape.release(values)
    }
    this.layers.clear()
  }

  private visible (layer: number): number {
    return this.slides(layer) ? Math.min(this.length, this.window) : this.length
  }
}
