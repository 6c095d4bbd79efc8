import { FlotillaError } from '@flotilla/core/errors'

/** As transport and discovery have it. */
export interface MeshAddress {
  readonly host: string
  readonly port: number
}

const portMax = 65_535

/** From `host:port` or `[IPv6]:port`, which `calledAs` has given. */
export function parseMeshAddress(text: string, calledAs: string): MeshAddress {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host !== undefined && port >= 1 && port <= portMax) return { host, port }
  throw new FlotillaError('wrong-setting', `${calledAs} is ${JSON.stringify(text)}`, {
    hint: `write an address and a port from 1 to ${portMax}, as 192.0.2.1:7440 or [2001:db8::1]:7440`,
  })
}

export function meshAddressText({ host, port }: MeshAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
