import { app, session, shell } from 'electron'
import { allowsNavigation, allowsPermission, allowsRequest, externalAddress } from './policy.ts'

/** Puts the policy in force for every page that will ever be made. Call when the app is ready, before the first window. */
export function enforcePolicy (): void {
  const { defaultSession } = session
  defaultSession.setPermissionRequestHandler((contents, permission, decide) => { decide(allowsPermission(permission, contents.getURL())) })
  defaultSession.setPermissionCheckHandler((contents, permission) => allowsPermission(permission, contents?.getURL() ?? ''))
  defaultSession.webRequest.onBeforeRequest(({ url }, decide) => { decide({ cancel: !allowsRequest(url) }) })

  app.on('web-contents-created', (_, contents) => {
    contents.on('will-navigate', event => { if (!allowsNavigation(event.url)) event.preventDefault() })
    contents.on('will-redirect', event => { if (!allowsNavigation(event.url)) event.preventDefault() })
    contents.on('will-attach-webview', event => { event.preventDefault() })
    contents.setWindowOpenHandler(({ url }) => {
      const address = externalAddress(url)
      if (address !== null) void shell.openExternal(address)
      return { action: 'deny' }
    })
  })
}
