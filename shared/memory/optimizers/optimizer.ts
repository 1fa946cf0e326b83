import type { Plan } from '../../plan/index.ts'
import type { Parameter } from '../modules/linear.ts'
import { dimension, shape, type Storage, type Tape } from '../tape/index.ts'

/** An optimizer over the trained parameters: makes its states at the first step, and the temporaries of every step. */
export interface Optimizer {
  step (): void
}

export function makeOptimizer (tape: Tape, trained: readonly Parameter[], settings: Plan['optimizer']): Optimizer {
  switch (settings.kind) {
    case 'none': return { step: () => {} }
    case 'sgd-momentum': return new SgdMomentum(tape, trained)
    case 'adamw': return new AdamW(tape, trained, settings.implementation)
  }
}

/**
 * torch/optim/adam.py. States have the parameter's type and appear at the first step, after the backward pass. fused keeps
 * its step counters on the GPU (one per tensor) and needs no temporaries; foreach makes one copy of all second moments
 * (_foreach_sqrt in _multi_tensor_adam); the loop (_single_tensor_adam) makes a square root and its quotient while the variable
 * `denom` still holds the quotient of the parameter before.
 */
class AdamW implements Optimizer {
  private readonly tape: Tape
  private readonly trained: readonly Parameter[]
  private readonly implementation: Plan['optimizer']['implementation']
  private started = false

  constructor (tape: Tape, trained: readonly Parameter[], implementation: Plan['optimizer']['implementation']) {
    this.tape = tape
    this.trained = trained
    this.implementation = implementation
  }

  step (): void {
    const { tape, trained, implementation } = this
    if (!this.started) {
      this.started = true
      if (implementation === 'fused') {
        for (const parameter of trained) {
          tape.module = parameter.storage.module
          tape.allocate(SCALAR_EXTENT, 4, 'step', 'optimizer-states')
        }
      }
      stateTensors(tape, trained, 'exp_avg')
      stateTensors(tape, trained, 'exp_avg_sq')
    }
    if (implementation === 'foreach') {
      const roots = trained.map((p) => temporary(tape, p, 'square root of exp_avg_sq'))
      for (const storage of roots) tape.release(storage)
    }
    if (implementation === 'loop') {
      let denominator: Storage | null = null
      for (const parameter of trained) {
        const root = temporary(tape, parameter, 'square root of exp_avg_sq')
        const quotient = temporary(tape, parameter, 'denominator')
        tape.release(root)
        if (denominator) tape.release(denominator)
        denominator = quotient
      }
      if (denominator) tape.release(denominator)
    }
  }
}

/** torch/optim/sgd.py: the momentum buffer is a clone of the first gradient; the step itself works in place. */
class SgdMomentum implements Optimizer {
  private readonly tape: Tape
  private readonly trained: readonly Parameter[]
  private started = false

  constructor (tape: Tape, trained: readonly Parameter[]) {
    this.tape = tape
    this.trained = trained
  }

  step (): void {
    if (this.started) return
    this.started = true
    stateTensors(this.tape, this.trained, 'momentum_buffer')
  }
}

/** One number per tensor. */
const SCALAR_EXTENT = shape(dimension('1', 1))

/** A state tensor per trained parameter, in the parameter's own type unless said otherwise. */
function stateTensors (tape: Tape, trained: readonly Parameter[], role: string, elementSize?: number): Storage[] {
  return trained.map((parameter) => {
    tape.module = parameter.storage.module
    return tape.allocate(parameter.shape, elementSize ?? parameter.elementSize, role, 'optimizer-states')
  })
}

function temporary (tape: Tape, parameter: Parameter, role: string): Storage {
  tape.module = parameter.storage.module
  return tape.allocate(parameter.shape, parameter.elementSize, role, 'temporaries')
}
