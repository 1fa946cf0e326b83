import { change, type HandlersOf } from '../context.ts'

export const scenarioHandlers: HandlersOf<'scenario'> = {
  'scenario.query': (query, { library }) => library.use(open => open.query(query)),
  'scenario.facets': (_, { library }) => library.use(open => open.facets()),
  'scenario.open': ({ id }, { library }) => library.use(open => open.open(id)),
  'scenario.save': ({ id, draft, needBytes }, context) => change(context, open => open.save(id, draft, needBytes)),
  'scenario.rename': ({ id, name }, context) => change(context, open => open.rename(id, name)),
  'scenario.delete': ({ id }, context) => change(context, open => {
    open.delete(id)
    return {}
  }),
  'scenario.restore': ({ id }, context) => change(context, open => open.restore(id)),
  'scenario.duplicate': ({ id }, context) => change(context, open => open.duplicate(id)),
  'scenario.annotate': ({ id, ...remarks }, context) => change(context, open => open.annotate(id, remarks)),
  'scenario.revisions': ({ id }, { library }) => library.use(open => open.revisions(id)),
  'scenario.openRevision': ({ id, number }, { library }) => library.use(open => open.openRevision(id, number)),
  'scenario.revert': ({ id, number }, context) => change(context, open => open.revert(id, number)),
  'scenario.purge': ({ ids }, context) => change(context, open => ({ removed: open.purge(ids) }))
}
