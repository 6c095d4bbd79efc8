import { randomBytes } from 'node:crypto'

/** Every namespace of ours begins so, with the process that made it after it. */
const prefix = 'flotilla'
const form = new RegExp(`^${prefix}-(\\d+)-[0-9a-f]+-[a-z0-9]+$`)

/** Names for the namespaces of one laboratory; no two laboratories share one, whoever makes them. */
export function namespaceNames(): (part: string) => string {
  const unique = randomBytes(4).toString('hex')
  return (part) => `${prefix}-${process.pid}-${unique}-${part}`
}

/** The process that made the namespace; undefined if it is none of ours. */
export function makerOf(namespace: string): number | undefined {
  const [, pid] = form.exec(namespace) ?? []
  return pid === undefined ? undefined : Number(pid)
}
