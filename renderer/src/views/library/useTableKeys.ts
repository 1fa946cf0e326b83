import type { ScenarioSummary } from '#shared/contract/index.ts'
import { restoreScenarios, toggleFavourite, trashScenarios } from '../../stores/libraryActions.ts'
import { useLibraryStore } from '../../stores/libraryStore.ts'

interface TableKeys {
  readonly open: (row: ScenarioSummary) => Promise<void>
  /** Rows that PageUp and PageDown go. */
  readonly page: () => number
  /** For good, which asks first. */
  readonly purge: () => void
}

/** The keys of the list: arrows move, Shift selects a range, Space one row, Enter opens, Delete takes away. */
export function useTableKeys ({ open, page, purge }: TableKeys): (event: KeyboardEvent) => void {
  const library = useLibraryStore()

  const moves: Readonly<Record<string, () => number>> = {
    ArrowDown: () => library.cursorIndex + 1,
    ArrowUp: () => library.cursorIndex - 1,
    PageDown: () => library.cursorIndex + page(),
    PageUp: () => library.cursorIndex - page(),
    Home: () => 0,
    End: () => library.total - 1
  }
  const acts: Readonly<Record<string, (row: ScenarioSummary) => void>> = {
    'Enter': (row) => void open(row),
    ' ': (row) => library.toggle(row),
    's': () => void toggleFavourite(library.chosen),
    'Delete': () => {
      if (library.filter.place === 'trash') purge()
      else void trashScenarios(library.chosen).then(library.clearSelection)
    },
    'r': () => {
      if (library.filter.place === 'trash') void restoreScenarios(library.chosen).then(library.clearSelection)
    }
  }

  return (event) => {
    if (event.target !== event.currentTarget || event.altKey) return
    const command = event.ctrlKey || event.metaKey
    if (command && event.key.toLowerCase() === 'a') void library.selectAll()
    else if (event.key === 'Escape' && library.selected.size > 0) library.clearSelection()
    else if (event.key === 'Escape' && library.cursor) library.close()
    else if (!command && moves[event.key]) library.moveTo(moves[event.key]!(), event.shiftKey)
    else if (!command && library.cursor && acts[event.key]) acts[event.key]!(library.cursor)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
}
