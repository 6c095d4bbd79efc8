import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { SessionNetwork } from '@flotilla/core/network/sessions'
import type { Logger } from '@flotilla/core/observe'
import { after, type Clock } from '@flotilla/core/time'
import { SessionRate, type SessionRateSettings } from './broadcast/session-rate.ts'
import { Connection, type Ending } from './connection/connection.ts'
import type { Greeter, Hello } from './connection/hello.ts'
import type { Compression } from './frames/compression.ts'
import type { TransportLimits } from './limits.ts'
import type { Admission, Link, Links } from './links.ts'
import type { Dial } from './mesh/dialler.ts'
import type { MeshCore } from './mesh/mesh-core.ts'
import { noTotals, sumOfTotals, type Totals, type TransportMetrics } from './transport-metrics.ts'

export interface MeshDriverOptions {
  readonly greeter: Greeter
  readonly links: Links
  readonly clock: Clock
  readonly limits: TransportLimits
  readonly network: SessionNetwork
  readonly mesh: MeshCore<Connection>
  readonly admission: Admission
  readonly compression: Compression | undefined
  readonly logger: Logger
  readonly metrics: TransportMetrics
  readonly sessionRate: Partial<SessionRateSettings> | undefined
  readonly turnEnd: (run: () => void) => void
}

/** What is known of a connection beside itself. */
interface Attendance {
  /** Our dial that led to it, until it was judged. */
  dial: Dial | undefined
  /** Whether it holds a place among the incoming ones. */
  pending: boolean
  /** Whether the network uses it. */
  used: boolean
}

/** Carries out what the mesh decides: dials, takes links, and lets the network use the connections that are open. */
export class MeshDriver {
  readonly connections: Map<Connection, Attendance> = new Map()
  readonly refusals: Record<string, number> = {}
  readonly #options: MeshDriverOptions
  readonly #dials = new Set<AbortController>()
  #timer: Disposable | undefined
  #roundTimer: Disposable | undefined
  #past: Totals = noTotals
  #closed = false
  #allGone: PromiseWithResolvers<void> | undefined

  constructor(options: MeshDriverOptions) {
    this.#options = options
    this.#lookAround()
  }

  incoming(link: Link): void {
    const { mesh, clock, admission, logger } = this.#options
    const limit = this.#closed ? 'closed' : mesh.gate.enter(clock.now(), link.address.host)
    if (limit !== undefined) return this.#refuse(link, limit === 'closed' ? 'closed' : 'limit')
    const refusal = admission(link.peer)
    if (refusal === undefined && mesh.bans.get(clock.now(), link.peer.id) === undefined) {
      return this.#begin(link, { dial: undefined, pending: true, used: false })
    }
    mesh.gate.leave()
    logger.info({ peer: link.peer.id, refusal: refusal ?? 'banned' }, 'a link was refused')
    this.#refuse(link, refusal === undefined ? 'banned' : 'not-admitted')
  }

  /** Dials what is due, and sees to it that this is called when the next one is. */
  pump(): void {
    const { mesh, clock } = this.#options
    if (this.#closed) return
    for (let dial = mesh.nextDial(clock.now()); dial !== undefined; dial = mesh.nextDial(clock.now())) {
      void this.#dial(dial)
    }
    this.#timer?.[Symbol.dispose]()
    this.#timer = clock.wakeAt(mesh.deadline(clock.now()), () => this.pump())
  }

  /** Closes whatever connection there is with that peer. */
  cut(peer: NodeId, code: 'banned' | 'not-admitted', reason: string): void {
    for (const connection of this.connections.keys()) {
      if (connection.peer.id === peer) connection.close(code, reason)
    }
  }

  recheck(): void {
    for (const { peer } of this.connections.keys()) {
      const refusal = this.#options.admission(peer)
      if (refusal !== undefined) this.cut(peer.id, 'not-admitted', refusal)
    }
  }

  /** Says goodbye to everybody; resolves when all links are gone, which takes `drainMsMax` at most. */
  async close(): Promise<void> {
    if (this.#closed) return this.#allGone?.promise
    this.#closed = true
    this.#allGone = Promise.withResolvers()
    this.#timer?.[Symbol.dispose]()
    this.#roundTimer?.[Symbol.dispose]()
    for (const dial of this.#dials) dial.abort(new FlotillaError('closed', 'the transport was closed'))
    this.#options.network.close()
    for (const connection of this.connections.keys()) {
      connection.close('closing', `${this.#options.greeter.id} is being closed`, { drain: true })
    }
    this.#seeWhetherAllGone()
    await this.#allGone.promise
  }

  async #dial(dial: Dial): Promise<void> {
    const { links, clock, limits, mesh, logger, metrics } = this.#options
    const controller = new AbortController()
    const { host, port } = dial.address
    const timer = clock.wakeAt(after(clock.now(), limits.dialTimeoutMs), () => {
      const sentence = `nobody answered at ${host} port ${port} within ${limits.dialTimeoutMs} ms`
      controller.abort(new FlotillaError('peer-unreachable', sentence))
    })
    this.#dials.add(controller)
    try {
      const link = await links.dial(dial.address, { signal: controller.signal })
      this.#reached(dial, link)
    } catch (error) {
      const code = error instanceof FlotillaError ? String(error.code) : 'failed'
      metrics.dialFailed(code)
      logger.debug({ err: error, host, port, expected: dial.expected }, 'a dial failed')
      mesh.dialFailed(clock.now(), dial)
    } finally {
      timer[Symbol.dispose]()
      this.#dials.delete(controller)
    }
    this.pump()
  }

  #reached(dial: Dial, link: Link): void {
    const { mesh, clock, admission, logger, metrics } = this.#options
    if (this.#closed) return link.destroy()
    const verdict = mesh.reached(clock.now(), dial, link.peer.id)
    if (verdict === 'greet' && admission(link.peer) === undefined) {
      return this.#begin(link, { dial, pending: false, used: false })
    }
    if (verdict === 'greet') mesh.dialFailed(clock.now(), dial)
    logger.debug({ peer: link.peer.id, expected: dial.expected, verdict }, 'a dial led nowhere')
    metrics.dialFailed(verdict === 'greet' ? 'not-admitted' : verdict)
    link.destroy()
  }

  #begin(link: Link, attendance: Attendance): void {
    const { greeter, limits, clock, compression, sessionRate, turnEnd } = this.#options
    const rate = sessionRate && new SessionRate(sessionRate)
    const events = {
      greeted: (connection: Connection, hello: Hello) => this.#greeted(connection, attendance, hello),
      frame: (connection: Connection, frame: Parameters<SessionNetwork['receive']>[1]) =>
        this.#options.network.receive(connection.peer.id, frame),
      closed: (connection: Connection, why: Ending) => this.#ended(connection, attendance, why),
      gone: (connection: Connection) => this.#gone(connection),
    }
    const connection = new Connection({ link, greeter, limits, clock, compression, rate, turnEnd, events })
    this.connections.set(connection, attendance)
    connection.start()
  }

  #greeted(connection: Connection, attendance: Attendance, hello: Hello): void {
    const { mesh, clock, network, metrics, logger } = this.#options
    const { peer, dialledHere } = connection
    const { dial } = attendance
    this.#leavePending(attendance)
    attendance.dial = undefined
    const contender = { key: connection, life: hello.life.join(' '), dialledHere, openedAt: clock.now() }
    const judgement = mesh.judge(clock.now(), peer.id, contender, dial)
    if (judgement.type === 'refuse') {
      const { code, reason } = judgement.goodbye
      this.#count(code === 'overloaded' ? 'limit' : code)
      judgement.doubted?.doubt()
      return connection.close(code, reason)
    }
    judgement.replaced?.close('replaced', 'a newer connection takes its place')
    connection.open()
    attendance.used = true
    network.connected(peer.id, dialledHere ? 0 : 1, (frame, left) => connection.send(frame, left))
    metrics.opened(dialledHere)
    logger.info({ peer: peer.id, name: peer.name, address: connection.address, dialledHere }, 'a peer is connected')
  }

  #ended(connection: Connection, attendance: Attendance, why: Ending): void {
    const { mesh, clock, network, metrics, logger, limits } = this.#options
    const { peer } = connection
    this.#leavePending(attendance)
    metrics.ended(why.code)
    logger.info({ peer: peer.id, ...why }, 'a connection ended')
    if (attendance.used) network.disconnected(peer.id)
    attendance.used = false
    if (attendance.dial !== undefined) mesh.dialFailed(clock.now(), attendance.dial)
    mesh.ended(clock.now(), peer.id, connection)
    if (why.code === 'protocol' && !why.byPeer) {
      this.#count('protocol')
      mesh.bans.add(clock.now(), peer.id, `it broke the protocol: ${why.reason}`, limits.protocolErrorBanMs)
    }
    this.pump()
  }

  #gone(connection: Connection): void {
    this.#past = sumOfTotals([this.#past, connection])
    this.connections.delete(connection)
    this.#seeWhetherAllGone()
  }

  #seeWhetherAllGone(): void {
    if (this.connections.size === 0) this.#allGone?.resolve()
  }

  #leavePending(attendance: Attendance): void {
    if (attendance.pending) this.#options.mesh.gate.leave()
    attendance.pending = false
  }

  #refuse(link: Link, why: string): void {
    this.#count(why)
    link.destroy()
  }

  #count(why: string): void {
    this.refusals[why] = (this.refusals[why] ?? 0) + 1
    this.#options.metrics.refused(why)
  }

  /** Now and then: who stays although his certificate has expired, and what to tell the metrics. */
  #lookAround(): void {
    const { clock, limits, metrics } = this.#options
    for (const connection of this.connections.keys()) {
      const hasExpired = connection.peer.notAfter < clock.wallNow()
      if (hasExpired) connection.close('not-admitted', 'the certificate that it was made with has expired')
    }
    const used = [...this.connections].filter(([, { used: isUsed }]) => isUsed).map(([connection]) => connection)
    const queuedBytes = used.reduce((sum, connection) => sum + connection.queuedBytes, 0)
    const suspected = used.filter((connection) => connection.partitionSuspected).length
    metrics.tell({ peers: used.length, queuedBytes, suspected }, sumOfTotals([this.#past, ...this.connections.keys()]))
    const next = after(clock.now(), limits.heartbeatEveryMs)
    this.#roundTimer = clock.wakeAt(next, () => this.#lookAround())
  }
}
