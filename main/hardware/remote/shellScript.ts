import type { OperatingSystem, Probe, VendorSupport } from '../evidence.ts'
import { HOST_FILES, HOST_VARIABLES } from '../hostFacts.ts'
import { PCI_FILES } from '../pciDevices.ts'
import { KEPT_BYTES, pathPattern, quote, SHELL_FUNCTIONS } from './shellFunctions.ts'

/** What to collect on a machine: the same tables as on this one. */
export interface Collection {
  readonly supports: readonly VendorSupport[]
  readonly general: readonly Probe[]
}

/** All probes in one order; answers name them by their place in it. */
export const probesOf = ({ supports, general }: Collection): Probe[] => [...general, ...supports.flatMap((support) => support.probes)]

/** No tool may keep the whole answer waiting longer, in seconds. */
const LONGEST_SECONDS = 15

/**
 * The script that looks at a remote machine, for `sh -s`: the same text for every host. It is one function, called on the last
 * line, so that the shell has read it whole before it runs anything.
 */
export function shellScript (collection: Collection): string {
  return `look () {
${SHELL_FUNCTIONS}
mark begin
U=$(uname -s 2>/dev/null)
mark fact system; printf '%s\\n' "$U"
mark fact release; uname -r 2>/dev/null
mark fact name; hostname 2>/dev/null || uname -n 2>/dev/null
mark fact processors; getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null
mark fact disk; go 3 df -Pk "\${HOME:-/}" 2>/dev/null
${variables(collection)}
case $U in
Linux)
for d in sinfo squeue bjobs qstat; do command -v "$d" >/dev/null 2>&1 && { mark fact scheduler; printf '%s\\n' "$d"; break; }; done
${files(collection)}
${lists(collection, 'linux')};;
Darwin)
mark fact memory; sysctl -n hw.memsize 2>/dev/null
mark fact pages; vm_stat 2>/dev/null
${lists(collection, 'darwin')};;
esac
mark end
}
look
`
}

function variables ({ supports }: Collection): string {
  const names = [...new Set([...HOST_VARIABLES, ...supports.flatMap((support) => support.variables ?? [])])]
  return names.map((name) => {
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`Not the name of a variable: ${name}`)
    return `[ -n "\${${name}+x}" ] && { mark variable ${name}; printf '%s\\n' "$${name}"; }`
  }).join('\n')
}

function files ({ supports }: Collection): string {
  const patterns = [...new Set([...HOST_FILES, ...PCI_FILES, ...supports.flatMap((support) => support.files)])].map(pathPattern)
  return `for q in ${patterns.join(' ')}; do file "$q"; done`
}

/** The lists of probes, one after the other: side by side their answers would mix, and most tools are not there. */
function lists (collection: Collection, system: OperatingSystem): string {
  const all = probesOf(collection)
  return [collection.general, ...collection.supports.map((support) => support.probes)]
    .map((list) => list.filter((probe) => probe.systems.includes(system)))
    .filter((list) => list.length > 0)
    // A loop that runs once, to be left when a tool hangs.
    .map((list) => `while :; do\n${list.map((probe) => step(probe, all, system)).join('\n')}\nbreak; done`)
    .join('\n')
}

/** One probe. What it wrote is kept where a later one depends on it. */
export function step (probe: Probe, all: readonly Probe[], system: OperatingSystem): string {
  const { tool, args, places, placesFirst, after, without, wakes, timeoutMs } = probe
  const index = all.indexOf(probe)
  const folders = (by: Probe['places']): string => quote((by?.[system] ?? []).map(pathPattern).join(' '))
  const call = ['answer', Math.min(LONGEST_SECONDS, Math.ceil(timeoutMs / 1000)), ...args.map(quote)].join(' ')
  const isKept = all.some((other) => other.after?.probe === probe.name)
  const kept = `k${index}=$(${call} | head -c ${KEPT_BYTES}); printf '%s\\n' "$k${index}"; case $k${index} in *"$H"*) break;; esac`
  const run = `if found ${index}; then ${isKept ? kept : `${call} || break`}; fi`
  const indexOf = (name: string): number => all.findIndex((other) => other.name === name)
  const conditions = [
    ...after === undefined ? [] : [`printf '%s\\n' "$k${indexOf(after.probe)}" | grep -Eq ${quote(after.matching)}`],
    ...(without ?? []).map((name) => `[ -z "$g${indexOf(name)}" ]`),
    ...wakes === undefined ? [] : [`! asleep ${quote(wakes)}`]
  ]
  const found = `find_tool ${quote(tool)} ${folders(placesFirst)} ${folders(places)}; g${index}=$f`
  return conditions.length === 0 ? `${found}; ${run}` : `if ${conditions.join(' && ')}; then ${found}; ${run}; fi`
}
