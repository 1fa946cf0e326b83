import type { Shape, Storage, Tape } from '../tape/index.ts'

/**
 * The local variables of one Python function. A name keeps its value until it is bound again, and the new value exists before
 * the old one goes: in a loop the tensors of one parameter outlive the start of the next.
 */
export class Locals {
  private readonly tape: Tape
  private readonly values = new Map<string, Storage>()

  constructor (tape: Tape) {
    this.tape = tape
  }

  /** `name = <new tensor>` */
  set (name: string, extent: Shape, elementSize: number): Storage {
    const storage = this.tape.allocate(extent, elementSize, name, 'temporaries')
    this.bind(name, storage)
    return storage
  }

  /** `name = <tensor that exists>` */
  alias (name: string, storage: Storage): void {
    this.bind(name, this.tape.retain(storage))
  }

  drop (...names: readonly string[]): void {
    for (const name of names) {
      const storage = this.values.get(name)
      this.values.delete(name)
      if (storage) this.tape.release(storage)
    }
  }

  /** The function returns. */
  close (): void {
    this.drop(...this.values.keys())
  }

  /** `return name`, bound to another name by the caller once this function's own variables are gone. */
  return (name: string, caller: Locals, callerName: string): void {
    const storage = this.values.get(name)!
    this.values.delete(name)
    this.close()
    caller.bind(callerName, storage)
  }

  private bind (name: string, storage: Storage): void {
    const old = this.values.get(name)
    this.values.set(name, storage)
    if (old) this.tape.release(old)
  }
}
