import { change, type HandlersOf } from '../context.ts'

export const runHandlers: HandlersOf<'run'> = {
  'run.list': ({ scenarioId }, { library }) => library.use(open => open.listRuns(scenarioId)),
  'run.open': ({ id }, { library }) => library.use(open => open.openRun(id)),
  'run.save': (draft, context) => change(context, open => open.saveRun(draft)),
  'run.remove': ({ id }, context) => change(context, open => {
    open.removeRun(id)
    return {}
  })
}
