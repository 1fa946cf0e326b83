import { change, type HandlersOf } from '../context.ts'

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
