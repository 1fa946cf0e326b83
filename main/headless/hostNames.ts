import { hostname, networkInterfaces } from 'node:os'

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'] as const

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::'

const bracketed = (address: string): string => address.includes(':') ? `[${address}]` : address

/**
 * The names by which a browser may call this server. Any other name in the Host header means that a foreign page made its own
 * domain point here (DNS rebinding). Ports are free: an ssh tunnel ends at another one.
 */
export function acceptedNames (host: string): ReadonlySet<string> {
  const own = isWildcard(host)
    ? [hostname(), ...addresses().map(({ address }) => bracketed(address))]
    : [bracketed(host)]
  return new Set([...LOOPBACK, ...own].map(name => name.toLowerCase()))
}

/** The name in a Host header, without the port; null when it is malformed. */
export function nameInHostHeader (header: string | undefined): string | null {
  return /^(\[[0-9a-f:.]+\]|[^\s:/@\\?#[\]]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase() ?? null
}

/** The host part of the URL to print. A server on every interface is meant to be reached from elsewhere. */
export function printedName (host: string): string {
  if (!isWildcard(host)) return bracketed(host)
  return addresses().find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}

const addresses = () => Object.values(networkInterfaces()).flatMap(list => list ?? [])
