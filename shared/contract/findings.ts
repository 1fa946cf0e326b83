import type { Locale } from '../units/index.ts'
import { GENERAL_FINDINGS } from './findings/general.ts'
import { NVIDIA_FINDINGS } from './findings/nvidia.ts'
import { REMOTE_FINDINGS } from './findings/remote.ts'
import { VENDOR_FINDINGS } from './findings/vendors.ts'
import type { Finding, FindingCode } from './hardware.ts'

/* What each finding means and what to do about it. */

const SENTENCES: Record<FindingCode, Record<Locale, string>> = { ...GENERAL_FINDINGS, ...NVIDIA_FINDINGS, ...VENDOR_FINDINGS, ...REMOTE_FINDINGS }

/** What was found and what to do, in the reader's language; with what the tool itself said, when it said something. */
export function describeFinding (finding: Finding, locale: Locale = 'en'): string {
  const sentence = SENTENCES[finding.code][locale]
  if (finding.detail === null) return sentence
  return locale === 'zh' ? `${sentence}（${finding.detail}）` : `${sentence} (${finding.detail})`
}
