import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import path from 'node:path'
import { checkImports } from './importRules.ts'
import { root } from './repository.ts'

const files = new Map<string, string>()
for await (const file of glob('{shared,main,renderer,e2e}/**/*.{ts,mjs,js,vue}', { cwd: root })) {
  files.set(file.split(path.sep).join('/'), readFileSync(path.join(root, file), 'utf8'))
}

const violations = checkImports(files)
for (const { file, line, rule } of violations) console.log(`${file}:${line}  ${rule}`)
console.log(`imports: ${files.size} files, ${violations.length === 0 ? 'every wall stands' : `${violations.length} violations`}`)
process.exitCode = violations.length === 0 ? 0 : 1
