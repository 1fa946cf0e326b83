import type { DetectedGpu, Detection, Vendor } from '#shared/contract/index.ts'
import type { OperatingSystem } from '../evidence.ts'
import { finding } from '../finding.ts'
import { unknownField } from '../nvidia/query.ts'
import { sshFailure } from '../remote/failures.ts'
import { MARKER } from '../remote/marker.ts'
import { readAnswer } from '../remote/readAnswer.ts'
import type { Connection, RemoteMachines } from '../remote/remoteMachines.ts'
import { probesOf, type Collection } from '../remote/shellScript.ts'
import { sshArguments, sshEnvironment } from '../remote/sshArguments.ts'
import { LINES, watchScript } from './watchScript.ts'
import { VENDOR_SUPPORT } from '../vendors.ts'
import { startChild, type Child } from './child.ts'
import { endingOf, isFinal } from './ending.ts'
import { filesFor } from './fileSource.ts'
import { ROW_FIELDS, SLOW_FIELDS } from './queries.ts'
import { probeSource } from './probeSource.ts'
import { isProbed } from './sources.ts'
import type { Ending, OpenSource } from './source.ts'

const MOST_MESSAGES = 4096
const MOST_UNKNOWN = 5

/** A remote machine: one ssh connection that brings everything, and whose end ends what runs there. */
export function openRemote (host: string, remote: RemoteMachines, env: NodeJS.ProcessEnv = process.env): OpenSource {
  const unknown = new Set<string>()
  return (options) => {
    const { detection, intervalMs, board, onSample, onEnd } = options
    const { gpus } = detection
    // PowerShell has no endless form of all this; the machine is looked at again and again.
    if (/^win32/i.test(detection.host.platform)) return probeSource({ ...options, detectAgain: async () => (await remote.look(host, true)).detection.gpus })
    const known = <T extends string>(fields: readonly T[]): T[] => fields.filter((field) => !unknown.has(field))
    const rowFields = gpus.some(({ vendor }) => vendor === 'nvidia') ? known(ROW_FIELDS) : null
    const slowFields = known(SLOW_FIELDS)
    const collection = probedCollection(detection)
    const input = watchScript({ intervalMs, rowFields, slowFields, report: gpus.some(({ mig }) => mig?.enabled === true), files: filesFor(gpus), collection })
    let child: Child | null = null
    let connection: Connection | null = null
    let isOver = false
    let hasBegun = false
    let said = ''
    let files = new Map<string, string>()
    const blocks = new Map<string, string[]>()

    const stop = (): void => {
      isOver = true
      connection?.connected(hasBegun)
      child?.stop()
    }
    const end = (ending: Ending): void => {
      if (isOver) return
      stop()
      onEnd(ending)
    }
    const take = (letter: string): string => {
      const text = (blocks.get(letter) ?? []).join('\n')
      blocks.delete(letter)
      return text
    }
    const whole = (letter: string): void => {
      switch (letter) {
        case LINES.processes: return board.processes(take(letter))
        case LINES.heat: return board.slow(take(letter), slowFields)
        case LINES.report: return board.report(take(letter))
        case LINES.file:
          board.files(files)
          files = new Map()
          return rowFields === null ? onSample() : undefined
        case LINES.sections: {
          board.devices(readAgain(take(letter), collection!, host))
          if (rowFields === null && filesFor(gpus).length === 0) onSample()
        }
      }
    }
    const marked = (letter: string, rest: string): void => {
      if (letter === LINES.end) {
        const field = unknownField(said)
        const ending = endingOf(said, '', /^\d{1,3}$/.test(rest) && Number(rest) < 128 ? Number(rest) : null, Number(rest) > 128 ? `signal ${Number(rest) - 128}` : null)
        if (field === null || unknown.has(field) || unknown.size >= MOST_UNKNOWN) return end(ending)
        unknown.add(field)
        return end({ ...ending, isTrial: true })
      }
      if (letter === LINES.file) {
        const tab = rest.indexOf('\t')
        const path = rest.slice(0, tab)
        files.set(path, `${files.get(path) ?? ''}${rest.slice(tab + 1)}\n`)
      } else blocks.set(letter, [...(blocks.get(letter) ?? []).slice(-20_000), rest])
    }
    const read = (line: string): void => {
      if (!hasBegun) {
        // Before it come banners and what a profile prints.
        if (!line.startsWith(`${MARKER} begin`)) return
        hasBegun = true
        connection?.connected(true)
        return
      }
      const mark = /^=([A-Z])([. ])(.*)$/.exec(line)
      if (mark !== null) return mark[2] === '.' ? whole(mark[1]!) : marked(mark[1]!, mark[3]!)
      if (line.trim() === '' || rowFields === null) return
      if (!board.row(line, rowFields)) said = `${said}${line}\n`.slice(-MOST_MESSAGES)
      else if (board.isWhole()) onSample()
    }
    const connect = async (): Promise<void> => {
      connection = await remote.connect(host)
      if (connection === null) return end({ finding: finding('ssh-missing'), isFinal: true })
      if (isOver) return connection.connected(true)
      child = startChild(connection.ssh, sshArguments(host, ['sh', '-s'], connection.sharing), {
        env: sshEnvironment(env),
        input,
        onLine: read,
        onExit: (status, signal, stderr) => {
          const found = status === 255 || !hasBegun ? sshFailure(stderr, host, status) : finding('monitor-ended', `${host}: ssh ${signal ?? `exit ${status ?? '?'}`} ${stderr}`)
          end({ finding: found, isFinal: isFinal(found.code) })
        }
      })
    }
    void connect()
    return { intervalMs: () => rowFields === null ? Math.max(1000, intervalMs) : intervalMs, stop, isGone: () => child?.isAlive() !== true }
  }
}

const systemOf = ({ host }: Detection): OperatingSystem => /^linux/i.test(host.platform) ? 'linux' : /^darwin/i.test(host.platform) ? 'darwin' : 'other'

function probedCollection (detection: Detection): Collection | null {
  const vendors = new Set<Vendor>(detection.gpus.filter((gpu) => isProbed(gpu, systemOf(detection))).map(({ vendor }) => vendor))
  return vendors.size === 0 ? null : { general: [], supports: VENDOR_SUPPORT.filter(({ vendor }) => vendors.has(vendor)) }
}

function readAgain (text: string, collection: Collection, host: string): DetectedGpu[] {
  const read = readAnswer({ text, outcome: 'exited', timeAt: () => 0 }, probesOf(collection), host)
  return read === null ? [] : collection.supports.flatMap((support) => [...support.read(read.evidence).gpus])
}
