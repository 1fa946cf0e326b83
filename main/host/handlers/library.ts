import { change, type HandlersOf } from '../context.ts'

export const libraryHandlers: HandlersOf<'library'> = {
  'library.export': ({ ids }, { library }) => library.use(open => open.export(ids)),
  'library.previewImport': ({ text }, { library }) => library.use(open => open.previewImport(text)),
  'library.import': ({ text, entries }, context) => change(context, open => open.import(text, entries)),
  'library.copy': (_, { library }) => library.use(open => {
    const { fileName, bytes } = open.copy()
    return { fileName, base64: bytes.toString('base64'), bytes: bytes.length }
  }),
  'library.backupNow': (_, { library }) => library.use(open => open.backUpNow()),
  'library.state': (_, { library }) => library.use(open => open.state())
}
