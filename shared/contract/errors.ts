import type { Locale } from '../units/index.ts'

/** What can go wrong on the host's side of the contract. Sentences are made where they are shown, from code and details. */
export interface HostErrorDetails {
  /** `problems`: which field and why. */
  'invalid-input': { readonly problems: readonly { readonly path: string, readonly message: string }[] }
  'unknown-method': { readonly name: string }
  'not-found': { readonly id: string }
  'machine-not-found': { readonly id: string }
  'run-not-found': { readonly id: string }
  /** `suggestion`: a free name close to the wanted one. */
  'name-taken': { readonly name: string, readonly suggestion: string }
  /** A saved plan that this version cannot read. It stays in the library untouched. `problems`: the plan's, as PlanProblem. */
  'scenario-unreadable': { readonly id: string, readonly state: 'newer' | 'unreadable', readonly problems: readonly unknown[] }
  'library-newer': { readonly path: string, readonly found: number, readonly known: number }
  'library-damaged': { readonly path: string }
  /** `pid`: the process that has the library open, null when it cannot be told. */
  'library-busy': { readonly path: string, readonly pid: number | null }
  'library-read-only': { readonly path: string }
  /** The file or its folder cannot serve as a library at all. */
  'library-unusable': { readonly path: string, readonly reason: 'foreign-file' | 'file-system' | 'node-too-old' }
  'disk-full': { readonly path: string }
  /** What was asked for is more than one answer carries: `bytes` of at most `most`. */
  'too-large': { readonly path: string, readonly bytes: number, readonly most: number }
  'internal': Readonly<Record<string, never>>
}

export type HostErrorCode = keyof HostErrorDetails

export interface HostError {
  readonly code: HostErrorCode
  /** English, for logs and the command line. */
  readonly message: string
  readonly details?: unknown
}

export type HostReply<T> = { readonly ok: true, readonly value: T } | { readonly ok: false, readonly error: HostError }

const SENTENCES: Record<HostErrorCode, Record<Locale, string>> = {
  'invalid-input': {
    en: 'The request was not understood. Reload the page.',
    zh: '请求无法识别。请重新加载页面。'
  },
  'unknown-method': {
    en: 'This host does not know “{name}”. Restart Headroom and reload the page, so that both are the same version.',
    zh: '当前主机不支持“{name}”。请重启 Headroom 并重新加载页面，使两者版本一致。'
  },
  'not-found': {
    en: 'This scenario is no longer in the library. It may have been deleted in another window: look in the trash, or save it as a new one.',
    zh: '库中已没有此方案，可能已在其他窗口中删除。请查看回收站，或另存为新方案。'
  },
  'machine-not-found': {
    en: 'This machine is no longer in the library. It may have been removed in another window; add it again.',
    zh: '库中已没有此主机，可能已在其他窗口中移除。请重新添加。'
  },
  'run-not-found': {
    en: 'This measured run is no longer in the library. It may have been removed in another window.',
    zh: '库中已没有此实测记录，可能已在其他窗口中移除。'
  },
  'name-taken': {
    en: 'A scenario named “{name}” exists already. Choose another name, for example “{suggestion}”.',
    zh: '已存在名为“{name}”的方案。请换一个名称，例如“{suggestion}”。'
  },
  'scenario-unreadable': {
    en: 'This version of Headroom cannot read this scenario. It is kept unchanged in the library; update Headroom to open it.',
    zh: '当前版本的 Headroom 无法读取此方案。方案原样保留在库中，请更新 Headroom 后再打开。'
  },
  'library-newer': {
    en: 'The library {path} was written by a newer Headroom (library version {found}; this one reads up to {known}). Update Headroom to open it. The file was not changed.',
    zh: '库文件 {path} 由更新版本的 Headroom 写入（库版本 {found}，当前最高支持 {known}）。请更新 Headroom 后再打开。文件未被改动。'
  },
  'library-damaged': {
    en: 'The library {path} is damaged. Try again: the newest good backup is then restored, and the damaged file is kept beside it.',
    zh: '库文件 {path} 已损坏。请重试：将恢复最近的完好备份，并保留损坏的文件。'
  },
  'library-busy': {
    en: 'The library {path} is open in another Headroom (process {pid}). Close that one and try again, or set HEADROOM_DATA to another folder.',
    zh: '库文件 {path} 正被另一个 Headroom 使用（进程 {pid}）。请关闭后重试，或将 HEADROOM_DATA 设为其他文件夹。'
  },
  'library-read-only': {
    en: 'The library {path} cannot be written. Allow writing to its folder, or set HEADROOM_DATA to another folder.',
    zh: '无法写入库文件 {path}。请允许写入其所在文件夹，或将 HEADROOM_DATA 设为其他文件夹。'
  },
  'library-unusable': {
    en: 'Headroom cannot keep its library in {path}: the file belongs to another program, or the folder is on a file system that cannot hold it. Set HEADROOM_DATA to a local folder.',
    zh: 'Headroom 无法使用 {path} 作为库：该文件属于其他程序，或其所在文件系统不受支持。请将 HEADROOM_DATA 设为本地文件夹。'
  },
  'disk-full': {
    en: 'The disk that holds {path} is full. Nothing was lost; free some space and save again.',
    zh: '{path} 所在的磁盘已满。数据没有丢失；请释放空间后重新保存。'
  },
  'too-large': {
    en: 'This is too much for one file from here. Export fewer scenarios, or copy the library on its machine: headroom export --library > library.db',
    zh: '内容过大，无法在此处导出为一个文件。请减少所选方案，或在库所在的机器上复制整个库：headroom export --library > library.db'
  },
  'internal': {
    en: 'Something went wrong inside Headroom. Try again; if it happens again, restart Headroom.',
    zh: 'Headroom 内部出错。请重试；若再次出现，请重启 Headroom。'
  }
}

/** The error as one sentence with its remedy, in the reader's language. */
export function describeHostError (error: HostError, locale: Locale = 'en'): string {
  const details = (error.details ?? {}) as Readonly<Record<string, unknown>>
  return SENTENCES[error.code][locale].replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = details[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '?'
  })
}
