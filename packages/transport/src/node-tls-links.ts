import { assert, FlotillaError } from '@flotilla/core/errors'
import { silentLogger, type Logger, type Metrics } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import type { Address, Admission, LinkErrorCode, Links } from './links.ts'
import { LinkCounts, linkProtocol, OpenSockets, type TlsContext } from './node-tls-context.ts'
import { dialLink } from './node-tls-dial.ts'
import type { Door } from './node-tls-door.ts'
import { readyIdentity, type TlsIdentity } from './node-tls-identity.ts'
import { validateTlsLimits, type TlsLimits } from './node-tls-limits.ts'
import { TlsListener } from './node-tls-listener.ts'
import { RefusalCounts, type TlsRefusal } from './node-tls-refusals.ts'

export interface TlsLinksOptions {
  readonly identity: TlsIdentity
  /**
   * Where to listen. Port 0 is one that is free. `::` takes IPv4 too, unless `0.0.0.0` stands beside it with the same
   * port. None by default: then this node only dials.
   */
  readonly listen?: readonly Address[]
  /** Asked about everybody whose certificate is right, before a link is made. Everybody is admitted by default. */
  readonly admission?: Admission
  /** For those who have no certificate, by the name of their protocol. None by default. */
  readonly doors?: Readonly<Record<string, Door>>
  readonly clock: Clock
  readonly limits?: Partial<TlsLimits>
  readonly logger?: Logger
  readonly metrics?: Metrics
}

/** Links over TLS 1.3, mutually authenticated by certificates of the cluster's authority. */
export interface TlsLinks extends Links {
  /**
   * For links that are made from now on, as after a renewal. Those that there are keep the certificates that they were
   * made with: when `link.peer.notAfter` has passed, it is for the owner of the link to cut it.
   */
  useIdentity(identity: TlsIdentity): void
  /** Connections that did not become links, dialled by either end, by why. */
  refusals(): Readonly<Record<TlsRefusal, number>>
}

/** Throws a `FlotillaError` where a setting is wrong, or key, certificate and authority do not belong together. */
export function tlsLinks(options: TlsLinksOptions): TlsLinks {
  const { clock, listen: addresses = [], admission = () => undefined, logger = silentLogger } = options
  const limits = validateTlsLimits(options.limits)
  const doors = new Map(Object.entries(options.doors ?? {}))
  validateDoorNames([...doors.keys()])
  let identity = readyIdentity(options.identity)
  const context: TlsContext = {
    clock,
    limits,
    logger,
    admission,
    refusals: new RefusalCounts(options.metrics),
    sockets: new OpenSockets(),
    linksOpen: new LinkCounts(),
    identity: () => identity,
  }
  const closing = new AbortController()
  let listener: TlsListener | undefined
  let dialling = 0

  return {
    async listen(accept) {
      assert(listener === undefined, 'links are listened for once')
      if (closing.signal.aborted) throw closedError()
      listener = new TlsListener(context, doors, accept)
      listener.useIdentity(identity)
      try {
        return await listener.listen(addresses)
      } catch (error) {
        await Promise.all(listener.close())
        throw error
      }
    },
    async dial(address, { signal }) {
      if (closing.signal.aborted) throw closedError()
      checkRoom(context, dialling)
      dialling++
      try {
        return await dialLink(context, address, AbortSignal.any([signal, closing.signal]))
      } finally {
        dialling--
      }
    },
    useIdentity(renewed) {
      identity = readyIdentity(renewed)
      listener?.useIdentity(identity)
    },
    refusals: () => context.refusals.snapshot(),
    async [Symbol.asyncDispose]() {
      closing.abort(closedError())
      const closed = listener?.close() ?? []
      await context.sockets.destroyAll()
      await Promise.all(closed)
    },
  }
}

/** ALPN takes names of 1 to 255 bytes. */
function validateDoorNames(names: readonly string[]): void {
  for (const name of names) {
    if (/^[!-~]{1,64}$/.test(name) && name !== linkProtocol) continue
    throw new FlotillaError('wrong-setting', `tls links: ${JSON.stringify(name)} is no name for a door`, {
      hint: `use 1 to 64 printable ASCII characters without spaces, and not ${linkProtocol}`,
    })
  }
}

function checkRoom({ limits, sockets }: TlsContext, dialling: number): void {
  const full =
    dialling >= limits.dialsMax
      ? `${dialling} dials are in progress (dialsMax)`
      : sockets.size >= limits.socketsMax && `${sockets.size} connections are open (socketsMax)`
  if (full === false) return
  throw new FlotillaError<LinkErrorCode>('overloaded', full, { hint: 'try again when some of them are over' })
}

function closedError(): FlotillaError<LinkErrorCode | 'closed'> {
  return new FlotillaError('closed', 'the links of this node were closed')
}
