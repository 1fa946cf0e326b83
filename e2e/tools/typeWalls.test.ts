import path from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { root } from './repository.ts'

/**
 * Type-checks a made-up file as part of a folder's own project and returns the names it may not use.
 * The whole project is loaded, so a file that drags foreign types in breaks the wall here too.
 */
function unknownNames (folder: string, probe: string): string[] {
  const config = path.join(root, folder, 'tsconfig.json')
  const parsed = ts.getParsedCommandLineOfConfigFile(config, {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} })
  if (parsed === undefined) throw new Error(`cannot read ${config}`)
  const probePath = path.join(root, folder, 'wallProbe.ts')
  const host = ts.createCompilerHost(parsed.options)
  const { fileExists, getSourceFile } = host
  host.fileExists = file => file === probePath || fileExists(file)
  host.getSourceFile = (file, ...rest) =>
    file === probePath ? ts.createSourceFile(file, probe, rest[0]) : getSourceFile(file, ...rest)
  const program = ts.createProgram([...parsed.fileNames, probePath], parsed.options, host)
  const source = program.getSourceFile(probePath)
  return program.getSemanticDiagnostics(source)
    .map(diagnostic => ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'))
    .map(message => /'([^']+)'/.exec(message)?.[1] ?? message)
}

const usesOf = (names: string[]) => names.map(name => `void ${name}`).join('\n') + '\nexport {}\n'
const browser = ['window', 'document', 'localStorage', 'fetch']
const node = ['process', 'Buffer', 'require', '__dirname', 'global', 'setImmediate']

describe('the type walls', () => {
  it('shared knows neither the browser nor Node', () => {
    expect(unknownNames('shared', usesOf([...browser, ...node, 'console', 'setTimeout'])))
      .toEqual([...browser, ...node, 'console', 'setTimeout'])
    expect(unknownNames('shared', "import 'node:fs'\nimport * as fs from 'fs'\nvoid fs\n")).toEqual(['node:fs', 'fs'])
  })

  it('shared knows the language itself', () => {
    expect(unknownNames('shared', usesOf(['Map', 'Math', 'JSON', 'Object.groupBy']))).toEqual([])
  })

  it('the renderer knows the browser and not Node', () => {
    expect(unknownNames('renderer', usesOf([...browser, ...node]))).toEqual(node)
  })

  it('the host knows Node and not the browser', () => {
    expect(unknownNames('main', usesOf([...node, 'window', 'document'])))
      .toEqual(['window', 'document'])
  })
})
