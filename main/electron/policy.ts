/* What a page in the desktop app may do. Pure: no Electron here, so that every rule has its test. */

export const SCHEME = 'app'
export const HOME = `${SCHEME}://workbench/`

/** Sites that a number's source may be on. Anything else is not opened. */
const LINKED_SITES: readonly string[] = ['arxiv.org', 'docs.nvidia.com', 'docs.pytorch.org', 'github.com', 'huggingface.co', 'pytorch.org']

const PERMISSIONS: readonly string[] = ['clipboard-sanitized-write', 'fullscreen']

/** True for the workbench's own pages. Scheme and host are compared, because Node gives every custom scheme the origin "null". */
export function isOwnPage (url: string): boolean {
  const parsed = URL.parse(url)
  return parsed?.protocol === `${SCHEME}:` && parsed.host === 'workbench'
}

/** Who sent a message from a page. */
export interface Sender {
  /** Null when the frame has gone away or navigated meanwhile. */
  readonly frameUrl: string | null
  readonly isMainFrame: boolean
  readonly isOwnWindow: boolean
}

/** True only for the main frame of a window that the app made, showing the workbench. */
export const isTrusted = ({ frameUrl, isMainFrame, isOwnWindow }: Sender): boolean =>
  isOwnWindow && isMainFrame && frameUrl !== null && isOwnPage(frameUrl)

export const allowsNavigation = isOwnPage

export const allowsPermission = (permission: string, pageUrl: string): boolean =>
  PERMISSIONS.includes(permission) && isOwnPage(pageUrl)

/** What a page may load: its own files and what it made itself. Nothing leaves the machine. */
export function allowsRequest (url: string): boolean {
  return isOwnPage(url) || ['data:', 'blob:', 'devtools:'].includes(URL.parse(url)?.protocol ?? '')
}

/** The address to hand to the system's browser when a page wants to open one, null when it must not be opened. */
export function externalAddress (url: string): string | null {
  const parsed = URL.parse(url)
  if (parsed?.protocol !== 'https:' || parsed.username !== '' || parsed.password !== '' || parsed.port !== '') return null
  return LINKED_SITES.includes(parsed.hostname) ? parsed.href : null
}
