import { applyProfile, PROFILES, type AppliedProfile, type Plan } from '#shared/plan/index.ts'
import { alignColumns } from '#shared/report/index.ts'
import { nearest } from '#shared/text/nearest.ts'
import type { Command } from '../command.ts'
import { EXIT, UsageError } from '../exit.ts'
import { readPlan } from '../planFile.ts'
import type { Terminal } from '../terminal.ts'

/** `headroom profile`: the frameworks; `headroom profile ID PLAN.json`: the plan with a framework's defaults, and why each was set. */
export const profileCommand: Command = {
  options: { json: { type: 'boolean' }, plan: { type: 'boolean' } },
  async run (args, terminal) {
    const [id, file, extra] = args.positionals
    if (extra !== undefined) throw new UsageError(terminal.say(`“${extra}” is not expected here.`, `此处不应出现“${extra}”。`))
    if (id === undefined) {
      const brief = PROFILES.map(({ id, name, version }) => ({ id, name, version }))
      await terminal.print(...(args.flag('json') ? [JSON.stringify(brief, null, 2)] : alignColumns(brief.map((p) => [p.id, p.name, terminal.paint('faint', p.version)]), ['left', 'left', 'left'])))
      return EXIT.ok
    }
    if (file === undefined) throw new UsageError(terminal.say('PLAN.json is missing.', '缺少 PLAN.json。'))
    const applied = withProfile(await readPlan(file, terminal), id, terminal)
    if (args.flag('json')) await terminal.print(JSON.stringify(applied, null, 2))
    else if (args.flag('plan')) await terminal.print(JSON.stringify(applied.plan, null, 2))
    else await terminal.print(...changeTable(applied, terminal))
    return EXIT.ok
  }
}

function withProfile (plan: Plan, id: string, { say }: Terminal): AppliedProfile {
  const applied = applyProfile(plan, id)
  if (applied) return applied
  const meant = nearest(id, PROFILES.map((profile) => profile.id))
  throw new UsageError(meant === null
    ? say(`Unknown profile “${id}”. “headroom profile” lists them.`, `未知框架配置“${id}”。“headroom profile”可列出全部。`)
    : say(`Unknown profile “${id}”. Did you mean “${meant}”?`, `未知框架配置“${id}”。是否想输入“${meant}”？`))
}

function changeTable ({ changes, notes }: AppliedProfile, { say, paint, locale }: Terminal): string[] {
  const text = (value: unknown): string => value === undefined ? '—' : typeof value === 'string' ? value : JSON.stringify(value)
  const head = say('Setting|Was|Is|Because', '设置|原值|新值|依据').split('|')
  const rows = changes.map(({ path, from, to, source }) => [path, text(from), text(to), paint('faint', source)])
  return [
    ...(rows.length === 0 ? [say('The plan already is as this framework would run it.', '该方案已与此框架的默认设置一致。')] : alignColumns([head.map((cell) => paint('faint', cell)), ...rows], ['left', 'left', 'left', 'left'])),
    ...notes.map((note) => `· ${note[locale]}`)
  ]
}
