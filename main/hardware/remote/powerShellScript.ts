import type { Probe } from '../evidence.ts'
import { HOST_VARIABLES } from '../hostFacts.ts'
import { HUNG, MARKER } from './marker.ts'
import { probesOf, type Collection } from './shellScript.ts'

/** For servers under Windows: runs what arrives on its input. As small as that, since cmd takes 8191 characters. */
const BOOTSTRAP = '$s=$input|Out-String;&([ScriptBlock]::Create($s))'

export const POWERSHELL = ['powershell', '-NoProfile', '-NonInteractive', '-EncodedCommand', Buffer.from(BOOTSTRAP, 'utf16le').toString('base64')] as const

/** The same questions as shellScript asks, answered in the same form. */
export function powerShellScript (collection: Collection): string {
  const all = probesOf(collection)
  const names = [...new Set([...HOST_VARIABLES, ...collection.supports.flatMap((support) => support.variables ?? [])])]
  const lists = [collection.general, ...collection.supports.map((support) => support.probes)]
    .map((list) => list.filter((probe) => probe.systems.includes('win32')))
    .filter((list) => list.length > 0)
  return `${FUNCTIONS}
Mark 'begin'
Fact 'system' 'Windows'
Fact 'release' ([Environment]::OSVersion.Version.ToString())
Fact 'name' $env:COMPUTERNAME
Fact 'processors' $env:NUMBER_OF_PROCESSORS
$o=Get-CimInstance Win32_OperatingSystem
if($o){Fact 'memory' ([string]([int64]$o.TotalVisibleMemorySize*1024));Fact 'free' ([string]([int64]$o.FreePhysicalMemory*1024))}
$d=New-Object IO.DriveInfo $env:SystemDrive
if($d.IsReady){Fact 'disk' ('- {0} 0 {1} 0% {2}' -f [math]::Floor($d.TotalSize/1024),[math]::Floor($d.AvailableFreeSpace/1024),$d.Name)}
foreach($n in @(${names.map(text).join(',')})){$v=[Environment]::GetEnvironmentVariable($n);if($null -ne $v){Mark "variable $n";Say "$v\`n"}}
${lists.map((list) => `& {\n${list.map((probe) => step(probe, all)).join('\n')}\n}`).join('\n')}
Mark 'end'
`
}

const FUNCTIONS = `
$ErrorActionPreference='SilentlyContinue'
[Console]::OutputEncoding=New-Object Text.UTF8Encoding $false
$found=@{};$wrote=@{}
function Say($t){[Console]::Out.Write([string]$t)}
function Mark($t){Say "\`n${MARKER} $t\`n"}
function Fact($n,$v){Mark "fact $n";Say "$v\`n"}
function Find($tool,$first,$after){
  $path=@($env:PATH -split ';'|Where-Object{$_ -match '^([A-Za-z]:|\\\\\\\\)'})
  foreach($place in @($first)+$path+@($after)){
    if(!$place){continue}
    $folders=[Environment]::ExpandEnvironmentVariables($place)
    if($folders -match '%'){continue}
    foreach($folder in @(Get-Item -Path $folders|Where-Object{$_.PSIsContainer}|Sort-Object CreationTime -Descending)){
      $file=Join-Path $folder.FullName "$tool.exe"
      if(Test-Path -LiteralPath $file -PathType Leaf){return $file}
    }
  }
  return $null
}
function Probe($i,$seconds,$arguments){
  $file=$found[$i]
  if(!$file){Mark "absent $i";return $true}
  Mark "run $i $file"
  $p=New-Object Diagnostics.Process
  $s=$p.StartInfo
  $s.FileName=$file;$s.Arguments=$arguments;$s.UseShellExecute=$false;$s.CreateNoWindow=$true
  $s.RedirectStandardInput=$true;$s.RedirectStandardOutput=$true;$s.RedirectStandardError=$true
  $s.StandardOutputEncoding=[Text.Encoding]::UTF8
  if(!$p.Start()){Mark 'status 126';return $true}
  $p.StandardInput.Close()
  $o=$p.StandardOutput.ReadToEndAsync();$e=$p.StandardError.ReadToEndAsync()
  if(!$p.WaitForExit($seconds*1000)){$p.Kill();Mark 'status 124';Say '${HUNG}';return $false}
  [void]$o.Wait(2000);[void]$e.Wait(2000)
  $wrote[$i]=$o.Result
  Say $o.Result
  Mark "status $($p.ExitCode)"
  Say $e.Result
  return $true
}`.trim()

function step (probe: Probe, all: readonly Probe[]): string {
  const { tool, args, places, placesFirst, after, without, timeoutMs } = probe
  const index = all.indexOf(probe)
  const indexOf = (name: string): number => all.findIndex((other) => other.name === name)
  const conditions = [
    ...after === undefined ? [] : [`$wrote[${indexOf(after.probe)}] -cmatch ${text(`(?m)${after.matching}`)}`],
    ...(without ?? []).map((name) => `!$found[${indexOf(name)}]`)
  ]
  const folders = (by: Probe['places']): string => `@(${(by?.win32 ?? []).map(text).join(',')})`
  const run = `$found[${index}]=Find ${text(tool)} ${folders(placesFirst)} ${folders(places)};if(!(Probe ${index} ${Math.min(15, Math.ceil(timeoutMs / 1000))} ${text(args.map(argument).join(' '))})){return}`
  return conditions.length === 0 ? run : `if(${conditions.map((condition) => `(${condition})`).join(' -and ')}){${run}}`
}

/** A string that PowerShell takes as it stands. Its typographic quotes end a string too. */
const text = (value: string): string => `'${value.replaceAll(/['‘’‚‛]/g, '$&$&')}'`

/** An argument as Windows programs take it apart. */
function argument (value: string): string {
  if (/^[^\s"]+$/.test(value)) return value
  return `"${value.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`
}
