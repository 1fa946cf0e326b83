import type { DetectedGpu, Finding, HostFacts, Vendor } from '#shared/contract/index.ts'
import type { ToolRun } from './runTool.ts'

/*
 * Looking at a machine has two halves. Collecting (here, or over ssh) runs the vendors' tools and reads small system files;
 * what it finds is evidence. Reading turns evidence into devices and findings and is pure, so that a capture is a test.
 */

export type OperatingSystem = 'linux' | 'darwin' | 'win32' | 'other'

/** A vendor tool to run. All probes of a machine run at once, each with its own time-out. */
export interface Probe {
  /** The command as a user would type it: names the probe and shows in reports. */
  readonly name: string
  readonly vendor: Vendor | null
  readonly tool: string
  readonly args: readonly string[]
  readonly systems: readonly OperatingSystem[]
  readonly timeoutMs: number
  /** Absolute places to look in besides PATH, by system; a `*` stands for one path segment's rest. */
  readonly places?: Readonly<Partial<Record<OperatingSystem, readonly string[]>>>
}

export interface ProbeRun extends Pick<ToolRun, 'outcome' | 'status' | 'stdout' | 'stderr' | 'startError'> {
  /** Where the tool was found, null when it was not. */
  readonly path: string | null
  readonly milliseconds: number
}

export interface Evidence {
  readonly system: OperatingSystem
  readonly host: HostFacts
  /** By the probe's name; absent when it was not tried on this system. */
  readonly runs: ReadonlyMap<string, ProbeRun>
  /** Small system files by absolute path; absent when there is none or it may not be read. */
  readonly files: ReadonlyMap<string, string>
}

/** What one vendor's reader makes of the evidence. `seen` false: nothing hints at this vendor. */
export interface VendorReading {
  readonly gpus: readonly DetectedGpu[]
  readonly findings: readonly Finding[]
  readonly seen: boolean
}

/** One vendor: what to collect, and how to read it. */
export interface VendorSupport {
  readonly vendor: Vendor
  readonly probes: readonly Probe[]
  /** System files to collect, absolute; `*` stands for anything within one path segment. */
  readonly files: readonly string[]
  readonly read: (evidence: Evidence) => VendorReading
}
