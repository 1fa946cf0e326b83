import { parseArgs, type ParseArgsConfig } from 'node:util'
import { nearest } from '#shared/text/nearest.ts'
import { UsageError } from './exit.ts'
import type { Terminal } from './terminal.ts'

type OptionSpecs = NonNullable<ParseArgsConfig['options']>

export interface Arguments {
  readonly positionals: readonly string[]
  readonly flag: (name: string) => boolean
  /** The last value given, or null. */
  readonly value: (name: string) => string | null
  readonly values: (name: string) => readonly string[]
}

/** Options that every command takes. */
const COMMON: OptionSpecs = { help: { type: 'boolean', short: 'h' }, lang: { type: 'string' } }

/** Reads a command's arguments. Throws a UsageError for an option it does not have, with the one that was probably meant. */
export function parseArguments (args: readonly string[], specs: OptionSpecs, terminal: Terminal): Arguments {
  const options = { ...COMMON, ...specs }
  const { tokens, positionals } = parseArgs({ args: [...args], options, strict: false, tokens: true, allowPositionals: true })
  const given = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    const spec = options[name]
    if (spec === undefined) throw unknownOption(rawName, name, Object.keys(options), terminal)
    if (spec.type === 'string' && value === undefined) throw new UsageError(terminal.say(`${rawName} needs a value.`, `${rawName} 需要一个值。`))
    if (spec.type === 'boolean' && value !== undefined) throw new UsageError(terminal.say(`${rawName} takes no value.`, `${rawName} 不接受值。`))
    given.set(name, [...given.get(name) ?? [], value ?? ''])
  }
  const values = (name: string): readonly string[] => given.get(name) ?? []
  checkLanguage(values('lang').at(-1), terminal)
  return { positionals, values, flag: (name) => given.has(name), value: (name) => values(name).at(-1) ?? null }
}

function unknownOption (rawName: string, name: string, known: readonly string[], { say }: Terminal): UsageError {
  const meant = nearest(name, known)
  return new UsageError(meant === null
    ? say(`Unknown option ${rawName}.`, `未知选项 ${rawName}。`)
    : say(`Unknown option ${rawName}. Did you mean --${meant}?`, `未知选项 ${rawName}。是否想输入 --${meant}？`))
}

function checkLanguage (lang: string | undefined, { say }: Terminal): void {
  if (lang === undefined || lang === 'en' || lang === 'zh') return
  throw new UsageError(say(`--lang is “${lang}”; choose en or zh.`, `--lang 为“${lang}”；可选值：en、zh。`))
}

/** The only positional argument of a command, by its name in the usage line. */
export function onlyPositional ({ positionals }: Arguments, name: string, { say }: Terminal): string {
  const [first, second] = positionals
  if (first === undefined) throw new UsageError(say(`${name} is missing.`, `缺少 ${name}。`))
  if (second !== undefined) throw new UsageError(say(`One ${name} is enough; “${second}” is one too many.`, `只需一个 ${name}；“${second}”是多余的。`))
  return first
}

/** For commands that take options only. */
export function noPositionals ({ positionals }: Arguments, { say }: Terminal): void {
  if (positionals[0] !== undefined) throw new UsageError(say(`“${positionals[0]}” is not expected here.`, `此处不应出现“${positionals[0]}”。`))
}

/** A whole number of an option, or its fallback. */
export function wholeNumber (args: Arguments, name: string, { min, max }: { readonly min: number, readonly max: number }, { say }: Terminal): number | null {
  const text = args.value(name)
  if (text === null) return null
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (number >= min && number <= max) return number
  throw new UsageError(say(`--${name} is “${text}”; give a whole number from ${min} to ${max}.`, `--${name} 为“${text}”；请填写 ${min} 到 ${max} 之间的整数。`))
}
