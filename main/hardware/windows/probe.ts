import type { Probe } from '../evidence.ts'

export const WINDOWS_ADAPTERS = 'Windows display adapters'

/*
 * Constant, with nothing interpolated, and without double quotes, which every way to start a process treats otherwise. The
 * registry's 64-bit figure is what drivers write for programs to read; AdapterRAM of Win32_VideoController has 32 bits and
 * serves only to tell that a figure is capped.
 */
const SCRIPT = [
  '$ErrorActionPreference = \'SilentlyContinue\'',
  '[Console]::OutputEncoding = [Text.Encoding]::UTF8',
  '$controllers = @(Get-CimInstance Win32_VideoController | ForEach-Object { @{ name = $_.Name; device = $_.PNPDeviceID; ram = $_.AdapterRAM; version = $_.DriverVersion; error = $_.ConfigManagerErrorCode; width = $_.CurrentHorizontalResolution } })',
  '$class = \'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\Class\\{4d36e968-e325-11ce-bfc1-08002be10318}\'',
  '$registry = @(Get-ChildItem $class | Where-Object { $_.PSChildName -match \'^\\d{4}$\' } | ForEach-Object { @{ id = $_.GetValue(\'MatchingDeviceId\'); name = $_.GetValue(\'DriverDesc\'); memory = $_.GetValue(\'HardwareInformation.qwMemorySize\') } })',
  '@{ controllers = $controllers; registry = $registry } | ConvertTo-Json -Compress -Depth 4'
].join('; ')

/** Every display adapter of a Windows system in one answer. */
export const WINDOWS_ADAPTERS_PROBE: Probe = {
  name: WINDOWS_ADAPTERS,
  vendor: null,
  tool: 'powershell',
  args: ['-NoProfile', '-NonInteractive', '-Command', SCRIPT],
  systems: ['win32'],
  timeoutMs: 20_000,
  placesFirst: { win32: ['%SystemRoot%\\System32\\WindowsPowerShell\\v1.0'] }
}
