import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { searchModels } from '#shared/catalog/index.ts'
import { NEWEST_SCENARIOS, type ScenarioQuery } from '#shared/contract/index.ts'
import { defaultMethod, defaultPlan, serializePlan, withAlgorithm } from '#shared/plan/index.ts'
import { loadDriver } from '#main/library/driver.ts'
import { libraryFile, openLibrary, type Library } from '#main/library/index.ts'
import { listed } from '#main/library/listed.ts'
import { openDatabase } from '#main/library/open.ts'
import { measure, type Timing } from './measure.ts'

const SCENARIOS = 100_000

/** At most, in milliseconds. */
const LIMITS = { open: 300, page: 30, save: 15 }

/** What people look for: everything, by each order, in the middle, by filters, words that match all, some and none, short ones, Chinese. */
const QUERIES: Readonly<Record<string, Partial<ScenarioQuery>>> = {
  'newest': {},
  'by name': { sort: 'name', descending: false },
  'by memory': { sort: 'need', descending: false },
  'oldest': { sort: 'created', descending: false },
  'page 500': { offset: 49_900 },
  'trash': { filter: { trash: true } },
  'PPO only': { filter: { trash: false, algorithms: ['ppo'] } },
  'fits 24 GB, by memory': { filter: { trash: false, needAtMost: 24e9 }, sort: 'need', descending: true },
  'tag 法律, favourites': { filter: { trash: false, tags: ['法律'], favourite: true } },
  'changed since': { filter: { trash: false, updatedSince: '2024-01-15' } },
  '“run” (in every name)': { text: 'run' },
  '“run”, by name': { text: 'run', sort: 'name', descending: false },
  '“run”, PPO only': { text: 'run', filter: { trash: false, algorithms: ['ppo'] } },
  '“baseline” (12 %)': { text: 'baseline' },
  '“qwen lora 法律”': { text: 'qwen lora 法律' },
  '“长上下文”': { text: '长上下文' },
  '“数据”': { text: '数据' },
  '“法”': { text: '法' },
  '“lo”': { text: 'lo' },
  '“zq” (nowhere)': { text: 'zq' },
  '“e”': { text: 'e' },
  '“99999”': { text: '99999' },
  '“nothing like it”': { text: 'nothing like it' },
  '“" OR %”': { text: '" OR %' }
}

/** Opens, pages through, searches and saves in a library of 100,000 scenarios. */
export async function benchLibrary (): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'headroom-bench-'))
  try {
    await fill(libraryFile(folder))
    console.log(`\nA library of ${SCENARIOS.toLocaleString('en')} scenarios, ${Math.round(statSync(libraryFile(folder)).size / 1e6)} MB: milliseconds, median (p95) of the most allowed`)
    if (loadavg()[0]! > availableParallelism()) console.log(`Other work runs on this machine (load ${loadavg()[0]!.toFixed(1)} on ${availableParallelism()} cores): the figures include waiting for it.`)
    const start = performance.now()
    const library = await openLibrary(folder)
    const opened = performance.now() - start
    report('open', { median: opened, p95: opened, runs: 1 }, LIMITS.open)
    const timings = Object.entries(QUERIES).map(([name, query]) => {
      const timing = measure(() => { library.query({ ...NEWEST_SCENARIOS, limit: 100, ...query }) }, 250, 100)
      report(name, timing, LIMITS.page)
      return timing
    })
    const p95s = timings.map(({ p95 }) => p95).toSorted((a, b) => a - b)
    console.log(`${'p95 of a page: median and highest of these'.padEnd(50)} ${ms(p95s[p95s.length >> 1]!)} (${ms(p95s.at(-1)!)})`)
    report('what there is to filter by', measure(() => { library.facets() }, 250, 100), LIMITS.page)
    benchSaves(library)
    library.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function benchSaves (library: Library): void {
  const { plan, target } = library.open(library.query(NEWEST_SCENARIOS).rows[0]!.id)
  let n = 0
  report('save a new scenario', measure(() => { library.save(null, { name: `saved ${++n}`, plan, target }) }), LIMITS.save)
  const { id } = library.save(null, { name: 'changed', plan, target })
  report('save a change', measure(() => { library.save(id, { name: 'changed', plan: { ...plan, data: { ...plan.data, microBatch: 1 + ++n % 4096 } }, target }) }), LIMITS.save)
}

const ms = (n: number): string => n.toFixed(2).padStart(8)

function report (name: string, { median, p95 }: Timing, limit: number): void {
  console.log(`${name.padEnd(50)} ${ms(median)} (${ms(p95)}) of ${limit}: ${(p95 / limit).toFixed(2)}${p95 > limit ? '  TOO SLOW' : ''}`)
}

const WORDS = '基线 长上下文 客服 对话 baseline long context support rank sweep ablation night batch 数据 清洗 模型 评测 instruct chat code math tokens window final draft retry 实验 中文 法律 医疗 summary'.split(' ')

/** As by years of use, written at once: 33 models with four methods, names, notes and tags in both languages, some in the trash. */
async function fill (file: string): Promise<void> {
  const db = openDatabase(await loadDriver(), file, new Date())
  const models = searchModels('').slice(0, 33).map(({ id }) => id)
  const plans = models.flatMap((model, n) => (['lora', 'qlora', 'full', 'freeze'] as const).map((kind) => {
    const plan = withAlgorithm({ ...defaultPlan(model), method: defaultMethod(kind, model) }, (['sft', 'dpo', 'sft', 'grpo', 'sft', 'ppo'] as const)[n % 6]!)
    return { ...listed(plan), version: plan.version, text: serializePlan(plan) }
  }))
  const target = JSON.stringify({ sources: [{ kind: 'catalog', gpuId: 'a100-80gb-sxm' }], memory: 'free', reserve: 0.3 })
  const insert = db.prepare(`INSERT INTO scenarios (id, name, plan_version, notes, tags, favourite, model, family, algorithm, method, need_bytes, need_pending, created_at, updated_at, deleted_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`)
  const addState = db.prepare('INSERT INTO revisions (scenario_id, number, name, plan, target, saved_at) VALUES (?, 1, ?, ?, ?, ?)')
  const random = generator()
  const word = (): string => WORDS[random(WORDS.length)]!
  db.transaction(() => {
    for (let n = 0; n < SCENARIOS; n++) {
      const { text, version, model, family, algorithm, method } = plans[random(plans.length)]!
      const [id, name] = [randomUUID(), `run ${word()} ${word()} ${n}`]
      const notes = random(3) === 0 ? `${word()} ${word()}，${word()} ${word()} ${word()}` : ''
      const changed = new Date(1.7e12 + n * 60_000 + random(1e9)).toISOString()
      insert.run(id, name, version, notes, JSON.stringify(random(2) === 0 ? [word()] : []), random(50) === 0 ? 1 : 0, model, family, algorithm, method,
        2e10 + random(1e9) * 100, new Date(1.7e12 + n * 60_000).toISOString(), changed, random(50) === 0 ? changed : null)
      addState.run(id, name, text, target, changed)
    }
  }).immediate()
  db.pragma('optimize')
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

/** Whole numbers below a bound, the same on every run. */
function generator (): (below: number) => number {
  let state = 1
  return (below) => {
    state = (state + 0x6D2B79F5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}
