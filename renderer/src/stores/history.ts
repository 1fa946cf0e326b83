import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'

const CAPACITY = 200

export interface History<T> {
  readonly current: Readonly<ShallowRef<T>>
  readonly canUndo: ComputedRef<boolean>
  readonly canRedo: ComputedRef<boolean>
  /** What undoing would lead to, and redoing; undefined when there is nothing. */
  readonly before: ComputedRef<T | undefined>
  readonly after: ComputedRef<T | undefined>
  /** Replaces the value. Everything between `begin` and `end` is one entry. */
  commit: (next: T) => void
  begin: () => void
  end: () => void
  /** Takes back what the open gesture did. */
  cancel: () => void
  undo: () => void
  redo: () => void
  /** Changes every entry in place, without an entry of its own. */
  rewrite: (map: (entry: T) => T) => void
}

/** Undo and redo over immutable values: one entry per gesture, the newest 200 kept. */
export function createHistory<T> (initial: T): History<T> {
  const current = shallowRef(initial) as ShallowRef<T>
  const past = shallowRef<readonly T[]>([])
  const future = shallowRef<readonly T[]>([])
  let gesture: { before: T, future: readonly T[], recorded: boolean } | null = null

  function commit (next: T): void {
    if (Object.is(next, current.value)) return
    if (!gesture?.recorded) {
      past.value = [...past.value, current.value].slice(-CAPACITY)
      if (gesture) gesture.recorded = true
    }
    future.value = []
    current.value = next
  }

  function end (): void {
    if (gesture?.recorded && Object.is(gesture.before, current.value)) past.value = past.value.slice(0, -1)
    gesture = null
  }

  return {
    current,
    canUndo: computed(() => past.value.length > 0),
    canRedo: computed(() => future.value.length > 0),
    before: computed(() => past.value.at(-1)),
    after: computed(() => future.value.at(-1)),
    commit,
    begin () {
      gesture ??= { before: current.value, future: future.value, recorded: false }
    },
    end,
    cancel () {
      if (gesture?.recorded) {
        current.value = gesture.before
        past.value = past.value.slice(0, -1)
        future.value = gesture.future
      }
      gesture = null
    },
    undo () {
      end()
      const before = past.value.at(-1)
      if (past.value.length === 0) return
      future.value = [...future.value, current.value]
      past.value = past.value.slice(0, -1)
      current.value = before as T
    },
    redo () {
      end()
      const next = future.value.at(-1)
      if (future.value.length === 0) return
      past.value = [...past.value, current.value]
      future.value = future.value.slice(0, -1)
      current.value = next as T
    },
    rewrite (map) {
      end()
      past.value = past.value.map(map)
      future.value = future.value.map(map)
      current.value = map(current.value)
    }
  }
}
