import { describe, expect, it } from 'vitest'
import { describeFinding } from './findings.ts'
import { FINDING_CODES } from './hardware.ts'

describe('describeFinding', () => {
  it.each(FINDING_CODES)('%s: says what is wrong and what to do, in both languages', (code) => {
    const found = { code, severity: 'error', detail: null, vendor: null, deviceKey: null } as const
    const [en, zh] = [describeFinding(found, 'en'), describeFinding(found, 'zh')]
    expect(en).toMatch(/^\p{L}.*\.$/u)
    expect(en).not.toMatch(/\p{Script=Han}/u)
    expect(zh).toMatch(/\p{Script=Han}.*。$/u)
    expect(zh).not.toMatch(/[^\d.,]\. /)
  })

  it('adds what the tool said', () => {
    const found = { code: 'failed', severity: 'error', detail: 'exit 3', vendor: 'nvidia', deviceKey: null } as const
    expect(describeFinding(found, 'en')).toMatch(/\. \(exit 3\)$/)
    expect(describeFinding(found, 'zh')).toMatch(/。（exit 3）$/)
  })
})
