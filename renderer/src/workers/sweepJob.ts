import { anyAxis, assessCell, axesOf, largestOf, sweep, variesOf, type Assess, type SweepCell } from '#shared/advice/index.ts'
import { failed } from '#shared/units/index.ts'
import { assessOn } from './assessOn.ts'
import { refineOrder } from './refineOrder.ts'
import type { FromWorker, SweepRequest, ToWorker } from './sweepMessages.ts'

/** A stretch of work between two looks at the messages: short enough to be stopped at once, long enough not to be all pauses. */
const SLICE_MS = 24

/** A search for the largest value takes a plan on which the engine fails for one that does not fit. */
const withoutFailures = (assess: Assess): Assess => (plan) => {
  try {
    return assess(plan)
  } catch {
    return failed([])
  }
}

/**
 * Computes grids on request, the newest one only: all cells with the fast estimate, then the largest values, then the cells again in
 * full. `pause` lets messages in between two stretches of work.
 */
export function createSweepJob (post: (message: FromWorker) => void, pause: () => Promise<void>): (message: ToWorker) => void {
  let current = 0

  async function compute (run: number, { plan, x, y, device, reserve }: SweepRequest): Promise<void> {
    const [quick, exact] = [assessOn(device, reserve, 'fast'), assessOn(device, reserve, 'full')]
    const [along, down] = [variesOf(anyAxis(x.id)), variesOf(anyAxis(y.id))]
    let sliceEnd = performance.now() + SLICE_MS
    /** Whether to go on after a pause. */
    const goesOn = async (): Promise<boolean> => {
      await pause()
      sliceEnd = performance.now() + SLICE_MS
      return run === current
    }
    /** Sends cells a slice at a time; false when there is something newer to do. */
    const sendAll = async (cells: Iterable<SweepCell>, isExact: boolean): Promise<boolean> => {
      let batch: SweepCell[] = []
      for (const cell of cells) {
        batch.push(cell)
        if (performance.now() < sliceEnd) continue
        post({ kind: 'cells', run, exact: isExact, cells: batch })
        batch = []
        if (!await goesOn()) return false
      }
      if (batch.length > 0) post({ kind: 'cells', run, exact: isExact, cells: batch })
      return true
    }

    const found: SweepCell[] = []
    const remember = function* (): Generator<SweepCell> {
      for (const cell of sweep(plan, along, x.values, down, y.values, quick)) {
        found.push(cell)
        yield cell
      }
    }
    if (!await sendAll(remember(), false)) return
    for (const axis of device ? axesOf(plan) : []) {
      if (!await goesOn()) return
      post({ kind: 'largest', run, largest: { id: axis.id, ...largestOf(plan, axis, withoutFailures(quick), withoutFailures(exact)) } })
    }
    const refine = function* (): Generator<SweepCell> {
      for (const { column, row } of refineOrder(found, device && device.free)) {
        yield assessCell(along.apply(down.apply(plan, y.values[row]!), x.values[column]!), column, row, exact)
      }
    }
    if (!await goesOn() || !await sendAll(refine(), true)) return
    post({ kind: 'done', run })
  }

  return (message) => {
    current = message.kind === 'run' ? message.run : 0
    if (message.kind === 'run') void compute(message.run, message.request)
  }
}
