export { readAdapters, type Adapter } from './adapters.ts'
export { vendorOf, windowsDevices } from './devices.ts'
export { WINDOWS_ADAPTERS, WINDOWS_ADAPTERS_PROBE } from './probe.ts'
