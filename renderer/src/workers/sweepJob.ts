import { anyAxis, axesOf, largestOf, sweep, variesOf, type Assess, type SweepCell } from '#shared/advice/index.ts'
import { failed } from '#shared/units/index.ts'
import { assessOn } from './assessOn.ts'
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

/** Computes grids on request, the newest one only. `pause` lets messages in between two stretches of work. */
export function createSweepJob (post: (message: FromWorker) => void, pause: () => Promise<void>): (message: ToWorker) => void {
  let current = 0

  async function compute (run: number, { plan, x, y, device, reserve }: SweepRequest): Promise<void> {
    const started = performance.now()
    const assess = assessOn(device, reserve)
    let sliceEnd = started + SLICE_MS
    /** Whether to go on after a pause. */
    const goesOn = async (): Promise<boolean> => {
      await pause()
      sliceEnd = performance.now() + SLICE_MS
      return run === current
    }
    let cells: SweepCell[] = []
    const send = (): void => {
      if (cells.length > 0) post({ kind: 'cells', run, cells })
      cells = []
    }
    for (const cell of sweep(plan, variesOf(anyAxis(x.id)), x.values, variesOf(anyAxis(y.id)), y.values, assess)) {
      cells.push(cell)
      if (performance.now() < sliceEnd) continue
      send()
      if (!await goesOn()) return
    }
    send()
    const tookMs = performance.now() - started
    for (const axis of device ? axesOf(plan) : []) {
      if (!await goesOn()) return
      post({ kind: 'largest', run, largest: { id: axis.id, ...largestOf(plan, axis, withoutFailures(assess)) } })
    }
    post({ kind: 'done', run, tookMs })
  }

  return (message) => {
    current = message.kind === 'run' ? message.run : 0
    if (message.kind === 'run') void compute(message.run, message.request)
  }
}
