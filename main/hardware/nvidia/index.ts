import type { DetectedGpu, Finding } from '#shared/contract/index.ts'
import type { Evidence, ProbeRun, VendorReading, VendorSupport } from '../evidence.ts'
import { finding } from '../finding.ts'
import { pciDevices, type PciDevice } from '../pciDevices.ts'
import { busId } from '../reading/busId.ts'
import { withCapabilities } from './capabilities.ts'
import { interpret } from './interpret.ts'
import { linksOf, loneGpus } from './links.ts'
import { withMigNames } from './migNames.ts'
import { COMPUTE_CAPABILITIES, LIST, NVIDIA_PROBES, REPORT, TOPOLOGY } from './probes.ts'
import { kernelDriver, PROC_FILES } from './procInformation.ts'
import { inSurroundings, PRELOAD_FILE, VARIABLES } from './surroundings.ts'
import { asleepFindings, cardsWithoutTool, jetson, unusableCards, withoutSmi } from './withoutTool.ts'

/** NVIDIA: through nvidia-smi, and what the system itself knows. */
export const nvidia: VendorSupport = {
  vendor: 'nvidia',
  probes: NVIDIA_PROBES,
  files: [...PROC_FILES, PRELOAD_FILE],
  variables: VARIABLES,
  read (evidence) {
    const cards = pciDevices(evidence).filter(({ vendorId, classCode }) => vendorId === '10de' && classCode.startsWith('03'))
    const run = evidence.runs.get(REPORT)
    return run === undefined ? readAsleep(evidence, cards) : readAnswer(run, evidence, cards)
  }
}

/** Not asked: the cards sleep, or this system has no nvidia-smi. */
function readAsleep (evidence: Evidence, cards: readonly PciDevice[]): VendorReading {
  const gpus = cardsWithoutTool(evidence, cards)
  const findings = cards.length === 0 && gpus.length === 0 ? [finding('no-nvidia-smi', null, { vendor: 'nvidia' })] : [...asleepFindings(gpus), ...unusableCards(cards, gpus)]
  return { gpus, findings, seen: gpus.length > 0 || cards.length > 0, driverVersion: kernelDriver(evidence.files) }
}

function readAnswer (run: ProbeRun, evidence: Evidence, cards: readonly PciDevice[]): VendorReading {
  const reading = interpret(run)
  const said = (probe: string): string => evidence.runs.get(probe)?.stdout ?? ''
  if (reading.gpus.length === 0) {
    const board = jetson(evidence)
    if (board.length > 0 && reading.findings.every(({ code }) => code === 'no-nvidia-smi')) return readJetson(board, evidence)
    const gpus = cardsWithoutTool(evidence, cards)
    const findings = reading.findings.flatMap((found) => explained(found, evidence, cards))
    return { gpus, findings, seen: findings.some(({ code }) => code !== 'no-nvidia-smi'), driverVersion: reading.driverVersion ?? kernelDriver(evidence.files), cudaVersion: reading.cudaVersion }
  }
  const named = withMigNames(withCapabilities(reading.gpus, said(COMPUTE_CAPABILITIES)), reading.migDevices, said(LIST))
  const { gpus, findings } = inSurroundings(named, evidence)
  const topology = linksOf(gpus, said(TOPOLOGY))
  return {
    gpus,
    findings: [...reading.findings, ...missing(reading.findings, gpus.map((gpu) => gpu.pciBusId), evidence, cards), ...unusableCards(cards, gpus), ...loneGpus(gpus, topology), ...findings],
    seen: true,
    driverVersion: reading.driverVersion,
    cudaVersion: reading.cudaVersion,
    topology
  }
}

/** A board whose system has no nvidia-smi. */
function readJetson (board: readonly DetectedGpu[], evidence: Evidence): VendorReading {
  const { gpus, findings } = inSurroundings(board, evidence)
  return { gpus, findings: [finding('unified-memory', board[0]!.name, { vendor: 'nvidia', deviceKey: board[0]!.key }), ...findings], seen: true }
}

/** A failure with what the system knows about its cause. */
function explained (found: Finding, evidence: Evidence, cards: readonly PciDevice[]): Finding[] {
  if (found.code === 'no-nvidia-smi') return withoutSmi(evidence, cards)
  if (found.code === 'version-mismatch') {
    const kernel = kernelDriver(evidence.files)
    return kernel === null ? [found] : [finding(found.code, `${found.detail ?? ''} kernel module: ${kernel}`, { vendor: 'nvidia' })]
  }
  // A driver that is not there, or finds nothing, because the cards are in other hands.
  const unusable = found.code === 'driver-not-loaded' || found.code === 'no-devices' ? unusableCards(cards, []).filter(({ code }) => code !== 'card-without-driver') : []
  return unusable.length > 0 ? unusable : [found]
}

/** Cards that the driver holds but the tool does not list. A container sees the bus of its host, and is given some of the cards. */
function missing (told: readonly Finding[], listed: readonly (string | null)[], { host }: Evidence, cards: readonly PciDevice[]): Finding[] {
  const silent = cards.filter(({ driver, slot }) => driver === 'nvidia' && !listed.includes(busId(slot)))
  if (silent.length === 0 || host.environment.includes('container') || told.some(({ code }) => code === 'incomplete-list' || code === 'gpu-lost')) return []
  return [finding('incomplete-list', `${listed.length} / ${listed.length + silent.length}: ${silent.map(({ slot }) => slot).join(', ')}`, { vendor: 'nvidia' })]
}
