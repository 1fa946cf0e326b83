import type { HandlersOf } from '../context.ts'

export const appHandlers: HandlersOf<'app'> = {
  'app.info': async (_, { version, mode, library }) => {
    // The notice is there only once the library has been opened; why it cannot be is told by the methods that need it.
    await library.use(() => {}).catch(() => {})
    return { version, mode, libraryPath: library.path, libraryNotice: library.notice }
  },
  'app.takeFiles': (_, { files }) => files.take()
}
