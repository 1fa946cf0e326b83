import type { Dimension } from '../result.ts'

/** The extent of a tensor, with the symbols that an explanation prints. Made once per plan and shared by every tensor of that extent. */
export class Shape {
  readonly dimensions: readonly Dimension[]
  readonly elements: number
  /** Extents made from this one. */
  private derived: Map<string, Shape> | null = null

  constructor (dimensions: readonly Dimension[]) {
    this.dimensions = dimensions
    this.elements = dimensions.reduce((n, d) => n * d.size, 1)
  }

  /** An extent that follows from this one, made once. */
  derive (name: string, make: () => Shape): Shape {
    this.derived ??= new Map()
    let shape = this.derived.get(name)
    if (!shape) this.derived.set(name, shape = make())
    return shape
  }
}

export const dimension = (symbol: string, size: number): Dimension => ({ symbol, size })
export const shape = (...dimensions: Dimension[]): Shape => new Shape(dimensions)
export const SCALAR = new Shape([])
