import * as v from 'valibot'
import type { Locale } from '../units/index.ts'

/** What happened to the library when it was opened, when that is worth telling. */
export const LibraryNoticeSchema = v.strictObject({
  /** restored: a backup took the place of a damaged or missing file. started-empty: there was no good backup. */
  code: v.picklist(['restored', 'started-empty']),
  /** Where the damaged file was put, null when the file was missing. */
  movedTo: v.nullable(v.string()),
  /** When the restored backup was made, ISO 8601. */
  backupAt: v.nullable(v.string()),
  /** Scenarios read out of the damaged file that the backup did not have, or had older. */
  salvaged: v.pipe(v.number(), v.integer(), v.minValue(0))
})

export type LibraryNotice = v.InferOutput<typeof LibraryNoticeSchema>

/** The notice as sentences in the reader's language. */
export function describeLibraryNotice (notice: LibraryNotice, locale: Locale = 'en'): string {
  const { code, movedTo, backupAt, salvaged } = notice
  const time = backupAt === null ? '?' : new Date(backupAt).toLocaleString(locale === 'zh' ? 'zh-CN' : 'en-GB', { dateStyle: 'medium', timeStyle: 'short' })
  if (locale === 'zh') {
    return [
      movedTo === null ? '库文件缺失。' : `库文件已损坏，已移至 ${movedTo}。`,
      code === 'restored' ? `已恢复 ${time} 的备份。` : '没有可用的备份，已新建空库。',
      salvaged > 0 ? `另从损坏的文件中找回 ${salvaged} 个方案。` : ''
    ].join('')
  }
  return [
    movedTo === null ? 'The library file was missing.' : `The library file was damaged and has been moved to ${movedTo}.`,
    code === 'restored' ? `The backup of ${time} was restored.` : 'There was no good backup, so the library starts empty.',
    salvaged > 0 ? `${salvaged} more ${salvaged === 1 ? 'scenario was' : 'scenarios were'} recovered from the damaged file.` : ''
  ].filter(Boolean).join(' ')
}
