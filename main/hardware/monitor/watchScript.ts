import type { Probe } from '../evidence.ts'
import { NVIDIA_PROBES } from '../nvidia/probes.ts'
import { processArguments, REPORT_ARGUMENTS, rowArguments, slowArguments } from './queries.ts'
import { pathPattern, quote, SHELL_FUNCTIONS } from '../remote/shellFunctions.ts'
import { probesOf, step, type Collection } from '../remote/shellScript.ts'

/** What a remote machine is asked for while it is watched. Everything in it is ours: field names, tables, whole numbers. */
export interface WatchPlan {
  readonly intervalMs: number
  /** Fields of nvidia-smi's endless rows; null where there is no NVIDIA card. */
  readonly rowFields: readonly string[] | null
  readonly slowFields: readonly string[]
  /** Ask for the whole report instead of processes and heat: for MIG. */
  readonly report: boolean
  /** System files to read every tick. */
  readonly files: readonly string[]
  /** Vendors whose tools are asked again and again. */
  readonly collection: Collection | null
}

/* Each line of the answer begins with a letter after `=` that says whose it is; nvidia-smi's own rows have none. */
export const LINES = { processes: 'P', heat: 'T', report: 'X', file: 'F', sections: 'S', end: 'E' } as const

/** Between askings of tools that have no endless form, in seconds. */
const SLOW_SECONDS = 5
const PROBE_SECONDS = 10

/**
 * The script that watches a remote machine. It goes on until its input ends, which is how a connection that breaks ends it, or
 * until nvidia-smi does. A line is written at once and whole, so that those who write side by side do not mix.
 */
export function watchScript (plan: WatchPlan): string {
  const seconds = Math.max(1, Math.round(plan.intervalMs / 1000))
  return `watch () {
${SHELL_FUNCTIONS}
exec 4<&0 </dev/null
lines () { while IFS= read -r l || [ -n "$l" ]; do printf '=%s %s\\n' "$1" "$l"; done; printf '=%s.\\n' "$1"; }
pause () { sleep "$1" >/dev/null 2>&1; }
P=
mark begin
${plan.rowFields === null ? '' : nvidia(plan, plan.rowFields)}
${plan.files.length === 0 ? '' : `( while :; do for q in ${plan.files.map(pathPattern).join(' ')}; do [ -f "$q" ] && [ -r "$q" ] && while IFS= read -r l || [ -n "$l" ]; do printf '=${LINES.file} %s\\t%s\\n' "$q" "$l"; done <"$q"; done 2>/dev/null; printf '=${LINES.file}.\\n'; pause ${seconds}; done ) & P="$P $!"; w=\${w:-$!}`}
${plan.collection === null ? '' : `( while :; do { ${again(plan.collection)}; } 2>/dev/null | lines ${LINES.sections}; pause ${Math.max(PROBE_SECONDS, seconds)}; done ) & P="$P $!"; w=\${w:-$!}`}
( cat <&4 >/dev/null 2>&1; kill -9 $P ) >/dev/null 2>&1 &
wait $w; r=$?
kill -9 $P 2>/dev/null
printf '\\n=${LINES.end} %s\\n' "$r"
}
watch
`
}

function nvidia ({ intervalMs, slowFields, report }: WatchPlan, rowFields: readonly string[]): string {
  const { tool, places, placesFirst } = NVIDIA_PROBES[0]!
  const folders = (by: Probe['places']): string => quote((by?.linux ?? []).map(pathPattern).join(' '))
  const call = (args: readonly string[], letter: string): string => `go 12 "$f" ${args.map(quote).join(' ')} 2>&1 | lines ${letter}`
  const slow = report
    ? call(REPORT_ARGUMENTS, LINES.report)
    : `${call(processArguments(), LINES.processes)}; ${call(slowArguments(slowFields), LINES.heat)}`
  return `find_tool ${quote(tool)} ${folders(placesFirst)} ${folders(places)}
[ -n "$f" ] || { printf '=${LINES.end} 127\\n'; return; }
"$f" ${rowArguments(rowFields, intervalMs).map(quote).join(' ')} 2>&1 & P="$P $!"; w=$!
( while :; do pause 1; ${slow}; pause ${Math.max(SLOW_SECONDS, Math.round(intervalMs / 1000))}; done ) & P="$P $!"`
}

const again = (collection: Collection): string =>
  `mark begin; mark fact system; uname -s; ${collection.supports.map(({ probes }) => `while :; do ${probes.filter(({ systems }) => systems.includes('linux') || systems.includes('darwin')).map((probe) => step(probe, probesOf(collection), probe.systems.includes('linux') ? 'linux' : 'darwin')).join('\n')}\nbreak; done`).join('\n')}; mark end`
