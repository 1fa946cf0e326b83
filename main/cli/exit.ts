/** Exit codes of `headroom`. */
export const EXIT = { ok: 0, failed: 1, badInput: 2, doesNotFit: 3 } as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The command line itself is wrong; its message is a sentence for the user. */
export class UsageError extends Error {}

/** What the user gave cannot be used: one line per problem. */
export class InputError extends Error {
  readonly lines: readonly string[]

  constructor (...lines: readonly string[]) {
    super(lines.join('\n'))
    this.lines = lines
  }
}
