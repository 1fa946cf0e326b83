import { describe, expect, it } from 'vitest'
import { allowsNavigation, allowsPermission, allowsRequest, externalAddress, HOME, isTrusted } from './policy.ts'

const FOREIGN = [
  'https://workbench/', 'app://other/', 'app://workbench.evil.example/', 'app://user@workbench.evil/', 'app://workbench:80/',
  'file:///etc/passwd', 'http://127.0.0.1:8000/', 'data:text/html,hi', 'javascript:alert(1)', 'about:blank', 'not an address', ''
]

describe('the desktop policy', () => {
  it.each(FOREIGN)('keeps the window off %s', url => {
    expect(allowsNavigation(url)).toBe(false)
    expect(isTrusted({ frameUrl: url, isMainFrame: true, isOwnWindow: true })).toBe(false)
    expect(allowsPermission('fullscreen', url)).toBe(false)
  })

  it('lets the workbench be itself', () => {
    expect(allowsNavigation(HOME)).toBe(true)
    expect(allowsNavigation(`${HOME}index.html#compare`)).toBe(true)
    expect(isTrusted({ frameUrl: HOME, isMainFrame: true, isOwnWindow: true })).toBe(true)
  })

  it('hears the main frame of its own windows only', () => {
    expect(isTrusted({ frameUrl: null, isMainFrame: true, isOwnWindow: true })).toBe(false)
    expect(isTrusted({ frameUrl: HOME, isMainFrame: false, isOwnWindow: true })).toBe(false)
    expect(isTrusted({ frameUrl: HOME, isMainFrame: true, isOwnWindow: false })).toBe(false)
  })

  it('grants writing text to the clipboard and full screen, nothing else', () => {
    expect(['clipboard-sanitized-write', 'fullscreen'].map(permission => allowsPermission(permission, HOME))).toEqual([true, true])
    const others = ['clipboard-read', 'geolocation', 'media', 'notifications', 'openExternal', 'fileSystem', 'hid', 'usb', 'serial', 'local-fonts', 'unknown']
    expect(others.filter(permission => allowsPermission(permission, HOME))).toEqual([])
  })

  it('loads its own files and nothing from the network or the disk', () => {
    expect([`${HOME}assets/index.js`, 'data:image/png;base64,', 'blob:app://workbench/1', 'devtools://devtools/bundled/inspector.html'].map(allowsRequest)).toEqual([true, true, true, true])
    expect(['https://example.com/', 'http://localhost/', 'ws://localhost/', 'wss://example.com/', 'file:///etc/passwd', 'ftp://example.com/', 'app://other/'].filter(allowsRequest)).toEqual([])
  })

  it('hands over only https addresses of the sites that sources are on', () => {
    expect(externalAddress('https://arxiv.org/abs/2106.09685')).toBe('https://arxiv.org/abs/2106.09685')
    expect(externalAddress('https://github.com/pytorch/pytorch')).toBe('https://github.com/pytorch/pytorch')
    const refused = [
      'http://arxiv.org/', 'https://arxiv.org.evil.example/', 'https://evil.example/?https://arxiv.org', 'https://arxiv.org@evil.example/',
      'https://user:secret@github.com/', 'https://github.com:8443/', 'file:///bin/sh', 'smb://github.com/', 'javascript:alert(1)', 'arxiv.org'
    ]
    expect(refused.filter(url => externalAddress(url) !== null)).toEqual([])
  })
})
