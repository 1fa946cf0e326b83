import ts from 'typescript'

export type Import = { specifier: string; line: number }

/** Every import, export-from, dynamic import and require of a TypeScript, JavaScript or Vue file, with its line. */
export function importsOf (file: string, text: string): Import[] {
  const source = ts.createSourceFile(file, file.endsWith('.vue') ? scriptsOf(text) : text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS)
  const found: Import[] = []
  const add = (node: ts.Node | undefined) => {
    if (node === undefined || !ts.isStringLiteralLike(node)) return
    found.push({ specifier: node.text, line: source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1 })
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier)
    else if (ts.isImportTypeNode(node)) add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined)
    else if (ts.isCallExpression(node) && loadsModule(node)) add(node.arguments[0])
    else if (isModuleUrl(node)) add(node.arguments?.[0])
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function loadsModule (call: ts.CallExpression): boolean {
  return call.expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(call.expression) && call.expression.text === 'require')
}

/** `new URL('./worker.ts', import.meta.url)`, the way a worker is named. */
function isModuleUrl (node: ts.Node): node is ts.NewExpression {
  if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'URL') return false
  const [target, base] = node.arguments ?? []
  return target !== undefined && ts.isStringLiteralLike(target) && /\.(ts|js|mjs)$/.test(target.text) &&
    base !== undefined && ts.isPropertyAccessExpression(base) && base.name.text === 'url'
}

/** The script blocks of a Vue file, everything else blanked so that line numbers stay. */
function scriptsOf (text: string): string {
  const blank = (part: string) => part.replace(/[^\n]/g, ' ')
  let kept = ''
  let at = 0
  for (const match of text.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)) {
    const start = match.index + match[0].indexOf('>') + 1
    const body = match[1] ?? ''
    kept += blank(text.slice(at, start)) + body
    at = start + body.length
  }
  return kept + blank(text.slice(at))
}
