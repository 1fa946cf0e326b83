import type { Revision } from '#shared/contract/index.ts'

/** Versions that were saved in one sitting: the newest stands for all. */
export interface RevisionGroup {
  readonly newest: Revision
  /** How many were saved, the newest included. */
  readonly steps: number
  /** The version before the first of them; null where there is none. */
  readonly before: number | null
}

/** Changes are saved by themselves every few seconds; pauses longer than this part what was done. */
const PAUSE_MS = 10 * 60_000

/** `revisions` newest first. A change of name always stands by itself. */
export function groupRevisions (revisions: readonly Revision[]): RevisionGroup[] {
  const groups: { newest: Revision, steps: number, oldest: Revision }[] = []
  for (const revision of revisions) {
    const group = groups.at(-1)
    const isNear = group && Date.parse(group.oldest.savedAt) - Date.parse(revision.savedAt) <= PAUSE_MS && group.oldest.name === revision.name
    // The first version is where a user wants to get back to.
    if (isNear && revision.number > 1) {
      group.steps++
      group.oldest = revision
    } else {
      groups.push({ newest: revision, steps: 1, oldest: revision })
    }
  }
  return groups.map(({ newest, steps }, i) => ({ newest, steps, before: groups[i + 1]?.newest.number ?? null }))
}
