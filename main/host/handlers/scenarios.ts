import type { Library } from '#main/library/index.ts'
import type { HandlersOf, HostContext } from '../context.ts'

/** Changes the library, then tells every window. */
async function change<T> ({ library, events }: HostContext, run: (library: Library) => T): Promise<T> {
  const value = await library.use(run)
  events.emit('library.changed', {})
  return value
}

export const scenarioHandlers: HandlersOf<'scenario'> = {
  'scenario.list': (_, { library }) => library.use(open => open.list()),
  'scenario.open': ({ id }, { library }) => library.use(open => open.open(id)),
  'scenario.save': ({ id, draft }, context) => change(context, open => open.save(id, draft)),
  'scenario.rename': ({ id, name }, context) => change(context, open => open.rename(id, name)),
  'scenario.delete': ({ id }, context) => change(context, open => {
    open.delete(id)
    return {}
  }),
  'scenario.restore': ({ id }, context) => change(context, open => open.restore(id))
}
