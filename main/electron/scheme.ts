import { protocol } from 'electron'
import { staticFiles, textResponse } from '#main/host/index.ts'
import { isOwnPage, SCHEME } from './policy.ts'

/** Must run before the app is ready, once. */
export function registerScheme (): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }])
}

/** Answers app://workbench with the files of the renderer, and no other name. */
export function serveScheme (rendererFolder: string): void {
  const files = staticFiles(rendererFolder)
  protocol.handle(SCHEME, request => isOwnPage(request.url) ? files(request) : textResponse(404, 'There is no such page.'))
}
