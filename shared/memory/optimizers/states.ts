import type { Parameter } from '../modules/linear.ts'
import { dimension, shape, type Shape, type Storage, type Tape } from '../tape/index.ts'
import { Locals } from './locals.ts'
import type { Optimizer, OptimizerContext } from './optimizer.ts'

/** One number per tensor. */
export const ONE = shape(dimension('1', 1))

/** A state tensor of one parameter, in the parameter's own extent and type unless said otherwise. */
export function stateTensor (tape: Tape, parameter: Parameter, role: string, extent: Shape = parameter.shape, elementSize = parameter.elementSize): Storage {
  tape.label(parameter)
  return tape.allocate(extent, elementSize, role, 'optimizer-states')
}

/** Parameters by type, in order of first appearance (torch.optim.Optimizer._group_tensors_by_device_and_dtype). */
export function groupByType (parameters: readonly Parameter[]): Parameter[][] {
  const groups = new Map<number, Parameter[]>()
  for (const parameter of parameters) {
    const group = groups.get(parameter.elementSize)
    if (group) group.push(parameter)
    else groups.set(parameter.elementSize, [parameter])
  }
  return [...groups.values()]
}

/** Parameters that have a gradient: `for p in group["params"]: if p.grad is None: continue`. */
export const withGradient = (parameters: readonly Parameter[]): Parameter[] => parameters.filter((p) => p.leaf?.grad)

export const isMatrix = (parameter: Parameter): boolean => parameter.shape.dimensions.length === 2

/** Rows and columns of a matrix; leading extents of a stack of matrices stay with the rows, as `shape[:-1]` does. */
export function rowsAndColumns (parameter: Parameter): { readonly rows: Shape, readonly columns: Shape } {
  const { dimensions } = parameter.shape
  return { rows: shape(...dimensions.slice(0, -1)), columns: shape(...dimensions.slice(0, -2), dimensions.at(-1)!) }
}

/** Inside a decoder block: neither embedding nor head. */
export const isHidden = ({ name }: Parameter): boolean => !name.includes('embed') && !name.includes('lm_head')

/** One parameter of a loop: makes states when `isFirst`, binds temporaries to `locals`. */
export type Update = (parameter: Parameter, isFirst: boolean, locals: Locals) => void

/** A step that visits one parameter after the other; local variables live from one to the next. */
export function loopOver ({ tape, trained, segment }: OptimizerContext, update: Update, parameters: readonly Parameter[] = trained): Optimizer {
  let started = false
  return {
    step (): void {
      const locals = new Locals(tape)
      for (const parameter of withGradient(parameters)) {
        segment(parameter.layer)
        tape.label(parameter)
        update(parameter, !started, locals)
      }
      locals.close()
      started = true
    }
  }
}

/** `torch._foreach_*` out of place: a new tensor per parameter, all at once. */
export function foreachTensors (tape: Tape, parameters: readonly Parameter[], role: string): Storage[] {
  return parameters.map((parameter) => {
    tape.label(parameter)
    return tape.allocate(parameter.shape, parameter.elementSize, role, 'temporaries')
  })
}

export function releaseAll (tape: Tape, storages: readonly Storage[]): void {
  for (const storage of storages) {
    tape.layer = storage.layer
    tape.release(storage)
  }
}

/** Runs `body` with everything it allocates attributed to `source`. */
export function withSource<T> (tape: Tape, source: string, body: () => T): T {
  tape.source = source
  const result = body()
  tape.source = ''
  return result
}
