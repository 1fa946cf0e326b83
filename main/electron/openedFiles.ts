import path from 'node:path'

/** What the app opens: documents of scenarios, by the names that exports have. */
const DOCUMENT = /\.headroom(\.json)?$/i

/** The documents among a command line's arguments, which name them relative to the folder that it was given in. */
export const documentsOf = (args: readonly string[], folder: string): string[] =>
  args.slice(1).filter(arg => !arg.startsWith('-') && DOCUMENT.test(arg)).map(arg => path.resolve(folder, arg))

/** Collects what the system asks to open, from before there is a host to read it. */
export interface FileOpener {
  readonly open: (file: string) => void
  /** Of a second start: Windows and Linux name the files there. */
  readonly openArguments: (args: readonly string[], folder: string) => void
  /** From now on files go there, those that came before too. */
  readonly connect: (open: (file: string) => void) => void
}

export function fileOpener (args: readonly string[], folder: string): FileOpener {
  const early = documentsOf(args, folder)
  let target: ((file: string) => void) | null = null
  const open = (file: string): void => {
    if (target) target(file)
    else early.push(file)
  }
  return {
    open,
    openArguments: (others, from) => { documentsOf(others, from).forEach(open) },
    connect: next => {
      target = next
      early.splice(0).forEach(next)
    }
  }
}
