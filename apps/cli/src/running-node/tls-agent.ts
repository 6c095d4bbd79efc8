import { createHash, X509Certificate } from 'node:crypto'
import { Agent, type AgentOptions } from 'node:http'
import { isIP } from 'node:net'
import { connect, getCACertificates, type TLSSocket } from 'node:tls'
import type { Duplex } from 'node:stream'
import { FlotillaError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'

export interface TlsPlace {
  readonly host: string
  readonly port: number
  /** Of the certificate or of its key, in lower-case hexadecimal; undefined where authorities vouch for it. */
  readonly fingerprint: string | undefined
}

/**
 * Connections that are handed on for a request only after it is known who is at the other end: nothing that is secret
 * is sent before.
 */
export class TlsAgent extends Agent {
  readonly #place: TlsPlace

  constructor(place: TlsPlace, options: AgentOptions) {
    super(options)
    this.#place = place
  }

  override createConnection(
    _options: unknown,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const { host, port, fingerprint } = this.#place
    const socket = connect({
      host,
      port,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      // A fingerprint is looked at below, and says more than any name in a certificate.
      rejectUnauthorized: fingerprint === undefined,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(fingerprint === undefined ? { ca: trusted() } : {}),
    })
    const done = (error: Error | null): void => {
      clearTimeout(timer)
      socket.off('error', done)
      if (error !== null) socket.destroy()
      callback?.(error, socket)
    }
    const { answerMsMax } = cliLimitsDefaults
    const late = new FlotillaError('no-answer', `${host} did not answer within ${answerMsMax / 1_000} s`)
    const timer = setTimeout(() => done(late), answerMsMax)
    socket.once('error', done)
    socket.once('secureConnect', () => done(refusalOf(socket, fingerprint)))
    return undefined
  }
}

/** Those of Node, and those that this machine trusts. */
function trusted(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])]
}

function refusalOf(socket: TLSSocket, fingerprint: string | undefined): Error | null {
  if (fingerprint === undefined) return null
  const { raw } = socket.getPeerCertificate()
  const key = new X509Certificate(raw).publicKey.export({ type: 'spki', format: 'der' })
  const shown = [raw, key].map((bytes) => createHash('sha256').update(bytes).digest('hex'))
  if (shown.includes(fingerprint)) return null
  return new FlotillaError('not-trusted', `whoever answers there has another certificate, of fingerprint ${shown[0]}`, {
    hint: 'compare it with what `flotilla status` shows on that machine; if they differ, somebody stands between',
  })
}
