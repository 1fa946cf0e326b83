import { parse } from 'vue/compiler-sfc'
import { describe, expect, test } from 'vitest'
import { en } from './messages.ts'

const parts = import.meta.glob<Record<string, unknown>>('./*.en.json', { eager: true, import: 'default' })
const sources = import.meta.glob<string>(['../**/*.vue', '../**/*.ts', '!../**/*.test.ts', '!./**'], { eager: true, query: '?raw', import: 'default' })
const plain = import.meta.glob<Record<string, unknown>>('./en.json', { eager: true, import: 'default' })

function keysOf (messages: object, prefix = ''): string[] {
  return Object.entries(messages).flatMap(([key, value]) => typeof value === 'string' ? [`${prefix}${key}`] : keysOf(value as object, `${prefix}${key}.`))
}
const keys = keysOf(en)
const text = Object.values(sources).join('\n')

describe('the sentences', () => {
  test('of one view do not replace those of another', () => {
    const sections = [...Object.values(parts), ...Object.values(plain)].flatMap((messages) => Object.keys(messages))
    expect(sections.filter((name, i) => sections.indexOf(name) !== i)).toEqual([])
  })

  test('are all used', () => {
    const written = new Set([...text.matchAll(/['"`]([a-z][\w-]*(?:\.[\w-]+)+)['"`]/gi)].map(([, key]) => key!))
    // `examples.${id}` stands for every key of that shape.
    const made = [...text.matchAll(/`([a-z][\w-]*\.(?:[\w-]+\.)*(?:[\w-]*\$\{[^`}]+\}[\w-]*\.?)+[\w.-]*)`/gi)]
      .map(([, template]) => new RegExp(`^${template!.split(/\$\{[^}]+\}/).map((part) => part.replaceAll('.', '\\.')).join('[\\w-]+')}$`))
    expect(keys.filter((key) => !written.has(key) && !made.some((shape) => shape.test(key)))).toEqual([])
  })

  test('that are asked for exist', () => {
    const asked = [...text.matchAll(/\bt\('([^']+)'/g)].map(([, key]) => key!)
    const known = new Set(keys)
    expect(asked.filter((key) => !known.has(key))).toEqual([])
  })
})

interface TemplateNode { readonly type: number, readonly tag?: string, readonly content?: unknown, readonly loc: { readonly source: string }, readonly children?: readonly TemplateNode[], readonly props?: readonly { readonly type: number, readonly name: string, readonly value?: { readonly content: string } }[] }
const [ELEMENT, TEXT, ATTRIBUTE] = [1, 2, 6]
const READ_ALOUD = new Set(['title', 'placeholder', 'alt', 'aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext', 'label'])

/** Words that stand in a template as they are: the same in every language. */
function literals (node: TemplateNode): string[] {
  const own = node.type === TEXT && /\p{L}{2,}/u.test(String(node.content)) && node.loc.source.trim() !== '' ? [String(node.content).trim()] : []
  const attributes = node.type === ELEMENT
    ? (node.props ?? []).filter(({ type, name, value }) => type === ATTRIBUTE && READ_ALOUD.has(name) && /\p{L}{2,}/u.test(value?.content ?? '')).map(({ name, value }) => `${name}="${value!.content}"`)
    : []
  return [...own, ...attributes, ...(node.children ?? []).flatMap(literals)]
}

/** Units and names that are the same everywhere. */
const UNIVERSAL = new Set(['GiB', 'ssh'])

test('no template has words of its own', () => {
  const found = Object.entries(sources).filter(([path]) => path.endsWith('.vue')).flatMap(([path, source]) => {
    const { template } = parse(source, { filename: path }).descriptor
    return template?.ast ? literals(template.ast as unknown as TemplateNode).filter((words) => !UNIVERSAL.has(words)).map((words) => `${path}: ${words}`) : []
  })
  expect(found).toEqual([])
})
