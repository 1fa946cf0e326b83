import { describe, expect, it } from 'vitest'
import { describeFinding, FINDING_CODES, FindingSchema, type Finding } from '#shared/contract/index.ts'
import * as v from 'valibot'
import { detect } from '../detect.ts'
import { ABSENT, evidenceOf } from '../fixtures/evidence.ts'
import { systemFiles, vendorCapture } from '../fixtures/vendorCaptures.ts'
import { LSPCI } from '../pciDevices.ts'
import { VENDOR_SUPPORT } from '../vendors.ts'
import { WINDOWS_ADAPTERS } from '../windows/index.ts'

const found = (evidence: Parameters<typeof evidenceOf>[0]): Finding[] => {
  const absent = Object.fromEntries(VENDOR_SUPPORT.flatMap(({ probes }) => probes.map(({ name }) => [name, ABSENT])))
  return detect(evidenceOf({ ...evidence, runs: { ...absent, ...evidence.runs } }), VENDOR_SUPPORT, new Date(0)).findings
}
const pci = (slot: string, id: string, driver = '', pciClass = '30000'): Record<string, string> => ({ [`/sys/bus/pci/devices/${slot}/uevent`]: `${driver === '' ? '' : `DRIVER=${driver}\n`}PCI_CLASS=${pciClass}\nPCI_ID=${id}\nPCI_SLOT_NAME=${slot}\n` })

describe('a machine without a GPU', () => {
  it('no tool and no card', () => {
    expect(found({})).toMatchObject([{ code: 'no-gpu', severity: 'info', vendor: null }])
    expect(found({ system: 'darwin' })).toMatchObject([{ code: 'no-gpu' }])
    expect(found({ system: 'win32', runs: { [WINDOWS_ADAPTERS]: ABSENT } })).toMatchObject([{ code: 'no-gpu' }])
  })

  it('a card that no driver serves', () => {
    expect(found({ files: pci('0000:03:00.0', '1002:744C') })).toMatchObject([{ code: 'card-without-driver', vendor: 'amd', detail: expect.stringContaining('0000:03:00.0') as unknown }])
    expect(found({ files: pci('0000:c1:00.0', '19E5:D802', '', '120000') })).toMatchObject([{ code: 'card-without-driver', vendor: 'huawei' }])
    expect(found({ files: pci('0000:b3:00.0', '1DA3:1020', '', '120000') })).toMatchObject([{ code: 'card-without-driver', vendor: 'habana' }])
    expect(found({ files: pci('0000:01:00.0', 'CABC:0370', '', '120000') })).toMatchObject([{ code: 'card-without-driver', vendor: null }])
  })

  it('only what the processor has built in', () => {
    expect(found({ files: { ...systemFiles('intel/lact-sysfs/tigerlake.sysfs.json'), ...pci('0000:00:02.0', '8086:9A49', 'xe') } })).toMatchObject([{ code: 'integrated-only', detail: 'Intel integrated graphics' }])
  })

  it('only the display of a virtual machine', () => {
    expect(found({ files: pci('0000:00:01.0', '1234:1111', 'bochs-drm') })).toMatchObject([{ code: 'virtual-display', detail: expect.stringContaining('1234:1111') as unknown }])
    expect(found({ runs: { [LSPCI]: '0000:00:02.0 VGA compatible controller [0300]: Red Hat, Inc. Virtio 1.0 GPU [1af4:1050] (rev 01)\n\tKernel driver in use: virtio-pci\n' } })).toMatchObject([{ code: 'virtual-display', detail: expect.stringContaining('Virtio') as unknown }])
    const windows = JSON.stringify({ controllers: [{ name: 'Microsoft Hyper-V Video', device: 'VMBUS\\{DA0A7802}\\5620E0C7', ram: null, error: 0, width: 1024 }], registry: [] })
    expect(found({ system: 'win32', runs: { [WINDOWS_ADAPTERS]: windows } })).toMatchObject([{ code: 'virtual-display', detail: 'Microsoft Hyper-V Video' }])
  })

  it('Windows on Arm, whose graphics nothing trains on', () => {
    const windows = JSON.stringify({ controllers: [{ name: 'Qualcomm(R) Adreno(TM) X1-85 GPU', device: 'ACPI\\VEN_QCOM&DEV_0C36', ram: 0, error: 0, width: 2880 }], registry: [] })
    expect(found({ system: 'win32', runs: { [WINDOWS_ADAPTERS]: windows } })).toMatchObject([{ code: 'unknown-device', detail: 'Qualcomm(R) Adreno(TM) X1-85 GPU' }])
  })

  it('a tool that failed explains it', () => {
    expect(found({ runs: { 'npu-smi info': { status: 255, stdout: 'dcmi module initialize failed. ret is -8005' } } })).toMatchObject([{ code: 'ascend-no-dcmi' }])
    expect(found({ runs: { 'hl-smi': { status: 1, stderr: 'hl-smi: driver is not loaded' } } })).toMatchObject([{ code: 'vendor-tool-failed', vendor: 'habana' }])
  })
})

it('says nothing beside a device that can compute, whatever comes first on the bus', () => {
  const files = { ...pci('0000:00:01.0', '1234:1111', 'bochs-drm'), ...systemFiles('amd/lact-sysfs/rx6900xt.sysfs.json'), ...pci('0000:0c:00.0', '1002:73BF', 'amdgpu') }
  expect(found({ files }).map(({ code }) => code)).toEqual(['amd-no-tool'])
})

it('takes other programs’ lists for none of its own', () => {
  for (const file of ['other/lmstudio-survey-none.json', 'other/systeminformation-two-nvidia-32gb-each.json', 'other/a2000-vulkan-wrong-19791.txt', 'other/rtx3090-llama-list-devices-vulkan.txt', 'other/gpustack-runtime/nvidia_rtx4090_48g.detect.json', 'other/gpustack-runtime/nvidia_rtx5090d.detect.json', 'other/gpustack-runtime/thead_ppu.detect.json']) {
    for (const [system, name] of [['linux', LSPCI], ['win32', WINDOWS_ADAPTERS]] as const) {
      const { gpus } = detect(evidenceOf({ system, runs: { [name]: vendorCapture(file) } }), VENDOR_SUPPORT, new Date(0))
      expect(gpus).toEqual([])
    }
  }
})

it('has a sentence in both languages for every code, which says what to do', () => {
  for (const code of FINDING_CODES) {
    const finding = v.parse(FindingSchema, { code, severity: 'info', detail: null, vendor: null, deviceKey: null })
    expect(describeFinding(finding, 'en').length).toBeGreaterThan(40)
    expect(describeFinding(finding, 'zh')).toMatch(/[\u4E00-\u9FFF]{4}/)
  }
})
