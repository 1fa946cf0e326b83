import { bestOf, DEFAULT_RESERVE, judge, type DeviceVerdict, type TargetDevice, type Verdict } from '#shared/fit/index.ts'
import { estimate, type Estimate } from '#shared/memory/index.ts'
import type { Plan } from '#shared/plan/index.ts'
import { reportEstimate, reportVerdict } from '#shared/report/index.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../exit.ts'
import { detectOn, machineOf } from '../machine.ts'
import { onlyPositional, type Arguments } from '../options.ts'
import { problemsOf, readPlan } from '../planFile.ts'
import { catalogTargets, machineTargets } from '../targets.ts'
import type { Terminal } from '../terminal.ts'

/** `headroom fit PLAN.json [--gpu NAME… | --host NAME]`: exit 0 when a card holds the run, within its reserve or not; 3 when none does. */
export const fitCommand: Command = {
  options: { json: { type: 'boolean' }, gpu: { type: 'string', multiple: true }, host: { type: 'string' }, reserve: { type: 'string' }, fast: { type: 'boolean' } },
  async run (args, terminal) {
    const file = onlyPositional(args, 'PLAN.json', terminal)
    const reserve = readReserve(args, terminal)
    const machine = machineOf(args, terminal)
    if (machine !== 'local' && args.values('gpu').length > 0) throw new UsageError(terminal.say('Choose --gpu or --host.', '--gpu 与 --host 只能选其一。'))
    const plan = await readPlan(file, terminal)
    const named = catalogTargets(args.values('gpu'), terminal)
    const devices = named.length > 0 ? named.map((target) => target.device) : machineTargets(await detectOn(machine), terminal, machine)

    const judged = devices.map((device) => judgeOn(device, plan, file, reserve, args.flag('fast') ? 'fast' : 'full', terminal))
    const outcome = bestOf(judged.map((j) => j.verdict.outcome))
    const verdict: Verdict = { outcome, devices: judged.map((j) => j.verdict), hosts: [] }
    if (args.flag('json')) {
      await terminal.print(JSON.stringify({ outcome, reserve, devices: verdict.devices, estimate: judged[0]!.estimate }, null, 2))
    } else {
      await terminal.print(...reportEstimate(judged[0]!.estimate, terminal), '', ...reportVerdict(verdict, terminal), ...nominalNote(named, terminal))
    }
    return outcome === 'does-not-fit' || outcome === 'unsupported' ? EXIT.doesNotFit : EXIT.ok
  }
}

/** Library workspaces depend on the card, so each is judged with an estimate of its own. */
function judgeOn (device: TargetDevice, plan: Plan, file: string, reserve: number, depth: 'fast' | 'full', terminal: Terminal): { estimate: Estimate, verdict: DeviceVerdict } {
  const result = estimate(plan, { depth, computeCapability: device.computeCapability, deviceMemory: device.capacity })
  if (!result.ok) throw problemsOf(file, result.problems, terminal)
  return { estimate: result.value, verdict: judge(result.value, { devices: [device], reserve })!.devices[0]! }
}

function readReserve (args: Arguments, { say }: Terminal): number {
  const text = args.value('reserve')
  if (text === null) return DEFAULT_RESERVE
  const match = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text.trim())
  const share = match === null ? NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1)
  if (share >= 0 && share <= 0.95) return share
  throw new UsageError(say(`--reserve is “${text}”; give a share of the card from 0 to 0.95, such as 0.3 or 30%.`, `--reserve 为“${text}”；请填写 0 到 0.95 之间的比例，例如 0.3 或 30%。`))
}

function nominalNote (targets: ReturnType<typeof catalogTargets>, { say, paint }: Terminal): string[] {
  const names = targets.filter((target) => target.nominal).map((target) => target.device.name)
  if (names.length === 0) return []
  return ['', paint('faint', say(`Nominal size used for ${names.join(', ')}: a process may get up to 7% less.`, `${names.join('、')} 使用标称容量：进程实际可用可能少至 7%。`))]
}
