import type { DetectedGpu, Finding, HostFacts, Topology, Vendor } from '#shared/contract/index.ts'
import type { ToolRun } from './runTool.ts'

/*
 * Looking at a machine has two halves. Collecting (here, or over ssh) runs the vendors' tools and reads small system files;
 * what it finds is evidence. Reading turns evidence into devices and findings and is pure, so that a capture is a test.
 */

export type OperatingSystem = 'linux' | 'darwin' | 'win32' | 'other'

/**
 * A tool to run. The vendors' lists of probes run side by side; within a list one at a time in its order, and a probe that
 * times out ends its list: in a hung driver the next would hang too.
 */
export interface Probe {
  /** The command as a user would type it: names the probe and shows in reports. */
  readonly name: string
  readonly vendor: Vendor | null
  readonly tool: string
  readonly args: readonly string[]
  readonly systems: readonly OperatingSystem[]
  readonly timeoutMs: number
  /** Folders to look in after PATH, by system: absolute, under Windows they may begin with `%NAME%`; a `*` stands for anything within one segment. */
  readonly places?: Readonly<Partial<Record<OperatingSystem, readonly string[]>>>
  /** Folders to look in before PATH, where what PATH finds may be the wrong one. */
  readonly placesFirst?: Readonly<Partial<Record<OperatingSystem, readonly string[]>>>
  /** Run only when an earlier probe of the list wrote something that matches, an extended regular expression as `grep -E` takes it. */
  readonly after?: { readonly probe: string, readonly matching: string }
  /** Run only when none of these probes was found. */
  readonly without?: readonly string[]
  /** PCI vendor (`10de`, or `*` for all) whose display devices this wakes: not run while every such device is suspended. With `*`: while any is. */
  readonly wakes?: string
}

export interface ProbeRun extends Pick<ToolRun, 'outcome' | 'status' | 'stdout' | 'stderr' | 'startError'> {
  /** Where the tool was found, null when it was not. */
  readonly path: string | null
  readonly milliseconds: number
}

export interface Evidence {
  readonly system: OperatingSystem
  readonly host: HostFacts
  /** By the probe's name; absent when it was not tried on this machine. A tool that was not found: `not-started`, `ENOENT`. */
  readonly runs: ReadonlyMap<string, ProbeRun>
  /** Small system files by absolute path; absent when there is none or it may not be read. */
  readonly files: ReadonlyMap<string, string>
  /** Environment variables that were asked for and are set. */
  readonly variables: ReadonlyMap<string, string>
}

/** What one vendor's reader makes of the evidence. */
export interface VendorReading {
  readonly gpus: readonly DetectedGpu[]
  readonly findings: readonly Finding[]
  /** False: nothing hints at this vendor, and its findings (a missing tool) are not worth telling beside another's devices. */
  readonly seen: boolean
  readonly driverVersion?: string | null
  readonly cudaVersion?: string | null
  readonly topology?: Topology | null
}

/** One vendor: what to collect, and how to read it. */
export interface VendorSupport {
  readonly vendor: Vendor
  readonly probes: readonly Probe[]
  /** System files to collect, absolute; `*` stands for anything within one path segment. */
  readonly files: readonly string[]
  /** Environment variables to collect. */
  readonly variables?: readonly string[]
  readonly read: (evidence: Evidence) => VendorReading
}
