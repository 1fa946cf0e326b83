import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describeFinding } from '#shared/contract/index.ts'
import { runOf } from '../fixtures/run.ts'
import { interpret } from './interpret.ts'

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/nvidia/${name}`, import.meta.url), 'utf8')
const codes = (part: Parameters<typeof runOf>[0]): string[] => interpret(runOf(part)).findings.map((f) => f.code)

const FAILURES = [
  ['container-unknown-error.err.txt', 'container-lost'],
  ['docker-no-libnvidia-ml.txt', 'no-library'],
  ['gpu-handle-not-found-lowercase.err.txt', 'gpu-unreachable'],
  ['gpu-handle-unknown-error-nospace.err.txt', 'gpu-unreachable'],
  ['gpu-lost-windows-wrapped.err.txt', 'gpu-lost'],
  ['gpu-lost.err.txt', 'gpu-lost'],
  ['insufficient-permissions.err.txt', 'no-permission'],
  ['no-communication.err.txt', 'driver-not-loaded'],
  ['no-devices.err.txt', 'no-devices'],
  ['nvml-mismatch-550.err.txt', 'version-mismatch'],
  ['nvml-mismatch-bare.err.txt', 'version-mismatch'],
  ['nvml-mismatch-with-version.err.txt', 'version-mismatch'],
  ['windows-nvidia-smi-not-recognized.txt', 'no-nvidia-smi'],
  ['wsl-blocked.err.txt', 'wsl-blocked'],
  ['wsl-driver-not-loaded.err.txt', 'driver-not-loaded'],
  ['wsl-ssh-nvidia-smi-not-found.txt', 'no-nvidia-smi']
] as const

describe('a failed nvidia-smi', () => {
  it.each(FAILURES)('is recognized from %s', (file, code) => {
    const text = fixture(`failures/${file}`)
    expect(codes({ stdout: text, status: 1 })).toEqual([code])
    expect(codes({ stderr: text, status: 255 })).toEqual([code])
    expect(codes({ stdout: text.replaceAll('\n', '\r\n'), status: 1 })).toEqual([code])
    expect(codes({ stdout: text.replaceAll(/(.{80})/g, '$1\n'), status: 1 })).toEqual([code])
    expect(codes({ stdout: text.replaceAll("'", '’'), status: 1 })).toEqual([code])
    expect(interpret(runOf({ stdout: text, status: 1 })).gpus).toEqual([])
  })

  it('keeps the version that the message names, on one line', () => {
    const [found] = interpret(runOf({ stdout: fixture('failures/nvml-mismatch-with-version.err.txt'), status: 18 })).findings
    expect(found).toMatchObject({ code: 'version-mismatch', severity: 'error', detail: 'Failed to initialize NVML: Driver/library version mismatch NVML library version: 570.124' })
  })

  it.each([[4, 'no-permission'], [6, 'no-devices'], [9, 'driver-not-loaded'], [12, 'no-library'], [15, 'gpu-lost'], [17, 'wsl-blocked'], [18, 'version-mismatch'], [3, 'failed'], [139, 'failed']])(
    'is recognized from exit status %i alone', (status, code) => {
      expect(codes({ status })).toEqual([code])
    })

  it('says what was odd about output that is no report', () => {
    expect(codes({ stdout: '' })).toEqual(['unreadable-output'])
    expect(interpret(runOf({ stdout: '\u001B[31mhello\u001B[0m\u0007 world' })).findings).toMatchObject([{ code: 'unreadable-output', severity: 'error', detail: 'hello world' }])
    const long = interpret(runOf({ stdout: 'x'.repeat(5000) })).findings[0]!
    expect(long.detail).toHaveLength(300)
  })

  it('tells apart what could not start', () => {
    expect(codes({ outcome: 'not-started', startError: 'ENOENT', status: null })).toEqual(['no-nvidia-smi'])
    expect(codes({ outcome: 'not-started', startError: 'EACCES', status: null })).toEqual(['failed'])
  })
})

describe('a report that needs a word', () => {
  it('has nothing to say of a healthy card', () => {
    expect(codes({ stdout: fixture('xml/tesla-t4.xml') })).toEqual([])
    expect(codes({ stdout: fixture('xml/rtx-3080-v13.xml') })).toEqual([])
  })

  it('keeps the cards of a run that failed half-way', () => {
    const text = fixture('xml/8x-a100-40gb-mig.xml')
    const reading = interpret(runOf({ stdout: text.slice(0, text.lastIndexOf('<gpu ')), stderr: fixture('failures/gpu-lost.err.txt'), status: 15 }))
    expect(reading.gpus).toHaveLength(7)
    expect(reading.findings.map((f) => f.code)).toEqual(['gpu-lost', 'incomplete-list', 'incomplete-device'])
    expect(reading.driverVersion).toBe('535.129.03')
  })

  it('keeps the cards when status 14 only warns of the infoROM', () => {
    const reading = interpret(runOf({ stdout: fixture('xml/a10g.xml'), stderr: 'WARNING: infoROM is corrupted at gpu 0000:00:1E.0\n', status: 14 }))
    expect(reading.gpus).toHaveLength(1)
    expect(reading.findings).toMatchObject([{ code: 'inforom-corrupted', severity: 'warning' }])
  })

  it('hears a warning behind the report, and takes no process name for one', () => {
    const reading = interpret(runOf({ stdout: `${fixture('xml/a10g.xml')}\nWARNING: infoROM is corrupted at gpu 0000:00:1E.0\n`, status: 14 }))
    expect(reading.findings).toMatchObject([{ code: 'inforom-corrupted', detail: 'WARNING: infoROM is corrupted at gpu 0000:00:1E.0' }])
    expect(codes({ stdout: fixture('xml/tesla-t4.xml').replace('>python<', '>GPU is lost<') })).toEqual([])
  })

  it('keeps what arrived before a time-out', () => {
    const text = fixture('xml/a100-sxm4-80gb-mig.xml')
    const reading = interpret(runOf({ outcome: 'timed-out', status: null, stdout: text.slice(0, text.indexOf('</nvidia_smi_log>')) }))
    expect(reading.findings.map((f) => f.code)).toEqual(['timed-out', 'incomplete-list'])
    expect(reading.gpus).toHaveLength(1)
  })

  it('reports a silent card once, and a card with shared memory as normal', () => {
    expect(interpret(runOf({ stdout: fixture('xml/rtx-pro-6000-driver-580.xml') })).findings).toMatchObject([
      { code: 'incomplete-device', severity: 'warning', detail: 'GPU 0: NVIDIA RTX PRO 6000 Blackwell' }
    ])
    const gb10 = fixture('xml/rtx-3090-v12.xml').replaceAll('NVIDIA GeForce RTX 3090', 'NVIDIA GB10').replaceAll(/\d+ MiB/g, 'Not Supported')
    expect(interpret(runOf({ stdout: gb10 })).findings).toMatchObject([{ code: 'unified-memory', severity: 'info', detail: 'GPU 0: NVIDIA GB10' }])
  })

  it('warns of MIG without instances, restricted compute modes, missing CUDA and figures that do not add up', () => {
    const mig = fixture('xml/a100-sxm4-40gb-mig.xml').replace(/<mig_devices>[^]*<\/mig_devices>/, '<mig_devices>None</mig_devices>')
    expect(codes({ stdout: mig })).toEqual(['mig-without-instances'])
    expect(codes({ stdout: fixture('xml/tesla-t4.xml').replace('<compute_mode>Default', '<compute_mode>Exclusive_Process') })).toEqual(['compute-restricted'])
    expect(codes({ stdout: fixture('xml/tesla-t4.xml').replace('<cuda_version>11.7', '<cuda_version>ERR!') })).toEqual(['no-cuda'])
    expect(codes({ stdout: fixture('xml/tesla-t4.xml').replace('<free>13939 MiB', '<free>9939 MiB') })).toEqual(['inconsistent-memory'])
  })

  it('lists no cards when none is attached', () => {
    expect(codes({ stdout: '<?xml version="1.0" ?><nvidia_smi_log><driver_version>570.1</driver_version><attached_gpus>0</attached_gpus></nvidia_smi_log>' })).toEqual(['no-devices'])
  })
})

describe('describeFinding', () => {
  it('has a sentence in both languages for every code that the tests above met', () => {
    for (const [file] of FAILURES) {
      const [found] = interpret(runOf({ stdout: fixture(`failures/${file}`), status: 1 })).findings
      expect(describeFinding(found!, 'en')).toMatch(/^[A-Zn].*\. \(.+\)$/s)
      expect(describeFinding(found!, 'zh')).toMatch(/[\u4E00-\u9FFF].*。（.+）$/s)
    }
  })
})
