import { nodeEntropy } from '@flotilla/core/random/node'
import { ManualClock } from '@flotilla/core/testing'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Access } from '../http/access.ts'
import type { AccountsView, KnownToken, KnownUser } from '../http/callers/accounts-view.ts'
import { Passwords } from '../http/callers/passwords.ts'

export const samplePort = 7_400
export const sampleOrigin: string = `http://127.0.0.1:${samplePort}`

export interface SampleRequest {
  readonly method?: string
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Where it comes from, and where to. */
  readonly from?: string
  readonly to?: string
  readonly isEncrypted?: boolean
}

/** A request that nobody sent. */
export function sampleRequest(options: SampleRequest = {}): IncomingMessage {
  const { method = 'GET', url = '/v1/node', headers = {}, from = '127.0.0.1', to = '127.0.0.1' } = options
  const socket = options.isEncrypted === true ? new TLSSocket(new Socket()) : new Socket()
  Object.defineProperties(socket, { remoteAddress: { value: from }, localAddress: { value: to } })
  const request = new IncomingMessage(socket)
  request.method = method
  request.url = url
  Object.assign(request.headers, { host: `127.0.0.1:${samplePort}`, ...headers })
  return request
}

/** Who may log in and which tokens are good, as a test says. */
class SampleAccounts implements AccountsView {
  readonly users: Map<string, KnownUser> = new Map()
  readonly tokens: Map<string, KnownToken> = new Map()
  readonly secretKey: Uint8Array = nodeEntropy().bytes(32)
  readonly #crypto = nodeCrypto()

  issuer(): { readonly id: string; readonly publicKey: Uint8Array } {
    return { id: 'sample', publicKey: this.#crypto.ed25519.publicKey(this.secretKey) }
  }

  user(name: string): KnownUser | undefined {
    return this.users.get(name)
  }

  token(id: string): KnownToken | undefined {
    return this.tokens.get(id)
  }

  sign(text: string, secretKey: Uint8Array = this.secretKey): string {
    const signature = this.#crypto.ed25519.sign(secretKey, new TextEncoder().encode(text))
    return Buffer.from(signature).toString('base64url')
  }
}

export interface SampleAccess {
  readonly clock: ManualClock
  readonly accounts: SampleAccounts
  readonly access: Access
}

export function sampleAccess(hosts: readonly string[] = []): SampleAccess {
  const clock = new ManualClock({ wallMs: Date.UTC(2026, 0, 1) })
  const accounts = new SampleAccounts()
  const access = new Access({ entropy: nodeEntropy(), clock, accounts, passwords: new Passwords(), hosts })
  return { clock, accounts, access }
}
