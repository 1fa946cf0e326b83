import type { Element } from './element.ts'

/** Far beyond any real listing: 16 cards are 140 kB. */
const LIMITS = { characters: 2 * 1024 ** 2, lines: 60_000 }

const GPU = /^GPU ([0-9A-F]{4,8}:[0-9A-F]{2}:[0-9A-F]{2}\.[0-9A-F])$/i

/** The labels of a process: the first begins one, the others follow it, indented or not. */
const PROCESS: Readonly<Record<string, string>> = { process_id: 'pid', type: 'type', name: 'process_name', used_gpu_memory: 'used_memory' }

/**
 * The output of `nvidia-smi -q` without `-x`, as people paste it, in the shape of the XML report: labels become element names
 * (`FB Memory Usage` is `fb_memory_usage`). Null when the text is no such listing.
 */
export function readListing (text: string): Element | null {
  if (!/=+\s*NVSMI LOG\s*=+/.test(text) && !/^GPU [0-9a-f]{4,8}:/im.test(text)) return null
  const root = element('nvidia_smi_log', null)
  let open: { indent: number, element: Element }[] = [{ indent: -1, element: root }]
  for (const line of text.slice(0, LIMITS.characters).split(/\r?\n/, LIMITS.lines)) {
    const indent = line.search(/\S/)
    if (indent < 0 || line.startsWith('=')) continue
    const parsed = /^(.*?)\s+: ?(.*)$/.exec(line.trim()) ?? /^(.*?):$/.exec(line.trim())
    const gpu = indent === 0 && parsed === null ? GPU.exec(line.trim()) : null
    open = open.filter((parent) => parent.indent < indent)
    if (open.length === 0) open = [{ indent: -1, element: root }]
    const parent = open.at(-1)!.element
    const child = gpu !== null ? element('gpu', gpu[1]!) : element(elementName(parsed?.[1] ?? line.trim()), null)
    const value = parsed?.[2]?.trim()
    if (value) child.texts.push(value)
    const processes = open.find((ancestor) => ancestor.element.name === 'processes')?.element
    const process = PROCESS[child.name]
    if (processes === undefined || process === undefined) parent.children.push(child)
    else addToProcess(processes, process, value ?? '')
    open.push({ indent, element: child })
  }
  return root.children.length > 0 ? root : null
}

function addToProcess (processes: Element, name: string, value: string): void {
  if (name === 'pid') processes.children.push(element('process_info', null))
  const process = processes.children.filter((child) => child.name === 'process_info').at(-1)
  process?.children.push({ ...element(name, null), texts: value === '' ? [] : [value] })
}

const elementName = (label: string): string => label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '')

const element = (name: string, id: string | null): Element => ({ name, id, children: [], texts: [], damaged: false, closed: true })
