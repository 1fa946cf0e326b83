import { HUNG, MARKER } from './marker.ts'

/*
 * The functions that the scripts for remote machines share. Plain POSIX: dash, bash, busybox and ksh run them. Nothing is
 * written on the remote machine, not even a temporary file.
 */

/** What a stopped tool may write before the rest is dropped. */
const STDERR_BYTES = 20_000
/** What is kept of an answer that a later question depends on. */
export const KEPT_BYTES = 4 * 1024 ** 2

export const SHELL_FUNCTIONS = `
LC_ALL=C LANG=C; export LC_ALL LANG
M='${MARKER}' H='${HUNG}' T= f=
timeout -k 1 2 true </dev/null >/dev/null 2>&1 && T=1
mark () { printf '\\n%s %s\\n' "$M" "$*"; }
go () { n=$1; shift; if [ -n "$T" ]; then timeout -k 2 "$n" "$@" </dev/null; else "$@" </dev/null; fi; }
usable () { [ -f "$1" ] && [ -x "$1" ]; }
find_tool () {
  f=
  case $1 in /*) usable "$1" && f=$1; return 0;; esac
  for d in $2; do [ -z "$f" ] && usable "$d/$1" && f=$d/$1; done
  if [ -z "$f" ]; then f=$(command -v "$1" 2>/dev/null); case $f in /*) usable "$f" || f=;; *) f=;; esac; fi
  for d in $3; do [ -z "$f" ] && usable "$d/$1" && f=$d/$1; done
  return 0
}
found () { if [ -n "$f" ]; then mark run "$1" "$f"; else mark absent "$1"; return 1; fi; }
answer () {
  s=$1; shift
  { e=$( { go "$s" "$f" "$@" 2>&1 >&3; r=$?; mark status "$r" >&3; case $r in 124|137) printf '%s' "$H";; esac; } | head -c ${STDERR_BYTES}); } 3>&1
  printf '%s' "$e"
  case $e in *"$H"*) return 1;; esac
  return 0
}
file () { if [ -f "$1" ] && [ -r "$1" ]; then mark file "$1"; { while IFS= read -r l || [ -n "$l" ]; do printf '%s\\n' "$l"; done <"$1"; } 2>/dev/null; fi; }
asleep () {
  n=0 w=0
  for d in /sys/bus/pci/devices/*; do
    c= v= s=
    read -r c <"$d/class"; case $c in 0x03*|0x12*) ;; *) continue;; esac
    read -r v <"$d/vendor"; [ "$1" = '*' ] || [ "$v" = "0x$1" ] || continue
    b=$(readlink "$d/driver"); case \${b##*/} in ''|vfio*|pci-stub|nouveau) continue;; esac
    n=$((n + 1)); read -r s <"$d/power/runtime_status"; [ "$s" = suspended ] && w=$((w + 1))
  done 2>/dev/null
  if [ "$1" = '*' ]; then [ "$w" -gt 0 ]; else [ "$n" -gt 0 ] && [ "$n" -eq "$w" ]; fi
}
`.trim()

/** A word of shell that stands for exactly this text. */
export const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** A pattern of paths that the shell may expand: refused when it holds anything else that a shell would act on. */
export function pathPattern (pattern: string): string {
  if (!/^\/[A-Za-z0-9_.*/:@+,-]+$/.test(pattern)) throw new Error(`Not a plain path pattern: ${pattern}`)
  return pattern
}
