import { change, type HandlersOf } from '../context.ts'

export const machineHandlers: HandlersOf<'machine'> = {
  'machine.list': (_, { library }) => library.use(open => open.listMachines()),
  'machine.save': ({ id, machine }, context) => change(context, open => open.saveMachine(id, machine)),
  'machine.remove': ({ id }, context) => change(context, open => {
    open.removeMachine(id)
    return {}
  })
}
