import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TokenBucket } from '@flotilla/core/machines'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../limits.ts'
import type { Caller } from './caller.ts'
import type { Refusal } from './reply.ts'

const tokenBytes = 32
const jsonForm = /^application\/json *(;|$)/i
const bearerForm = /^Bearer +([^ ]+)$/i

/**
 * Who may ask. The token is new in every life of the node: were it kept, a program that takes the port of a crashed
 * node would be handed a key that opens the next one. For the same reason the cookie is not the token but made from it:
 * browsers send cookies to every port of a host.
 *
 * The right key always opens: a stranger who tries wrong ones must not lock the owner out, and 256 random bits cannot
 * be guessed at any rate. What is limited is how much work and noise wrong ones make.
 */
export class Access {
  readonly token: string
  readonly #cookieValue: string
  readonly #clock: Clock
  readonly #wrongKeys: TokenBucket

  constructor(options: { readonly entropy: Entropy; readonly clock: Clock }) {
    const { entropy, clock } = options
    this.token = Buffer.from(entropy.bytes(tokenBytes)).toString('base64url')
    this.#cookieValue = createHmac('sha256', this.token).update('flotilla page cookie').digest('base64url')
    this.#clock = clock
    const { wrongKeysBurst, wrongKeyEveryMs } = nodeLimitsDefaults
    this.#wrongKeys = new TokenBucket(
      { capacity: wrongKeysBurst, refillTokens: 1, refillEveryMs: wrongKeyEveryMs },
      clock.now(),
    )
  }

  /** Who asks; whoever has the key of the node may everything. */
  caller(request: IncomingMessage, port: number): Caller | Refusal {
    return this.refusal(request, port) ?? { name: 'local', role: 'admin', via: 'key' }
  }

  /** Undefined if the request may be answered: it carries the token, or the cookie that `cookie` made. */
  refusal(request: IncomingMessage, port: number): Refusal | undefined {
    const { authorization } = request.headers
    if (authorization !== undefined) return this.keyRefusal(bearerForm.exec(authorization)?.[1] ?? '')
    const cookie = cookieOf(request, cookieName(port))
    return cookie === undefined ? noKey : this.#compare(cookie, this.#cookieValue)
  }

  /**
   * A cookie opens what is only read. A page from another port of this machine is of the same site, so the browser
   * would send it along with what such a page posts.
   */
  postRefusal(request: IncomingMessage): Refusal | undefined {
    const refusal = this.tokenRefusal(request)
    if (refusal !== undefined) return refusal
    return jsonForm.test(request.headers['content-type'] ?? '') ? undefined : notJson
  }

  /** As `postRefusal`, for what is no document. */
  tokenRefusal(request: IncomingMessage): Refusal | undefined {
    return request.headers.authorization === undefined ? noToken : undefined
  }

  /** As `refusal`, for a key that came in the address of the page. */
  keyRefusal(key: string): Refusal | undefined {
    return this.#compare(key, this.token)
  }

  /** Opens the page for this browser until it is closed, or the node stops. */
  cookie(port: number): string {
    return `${cookieName(port)}=${this.#cookieValue}; Path=/; HttpOnly; SameSite=Strict`
  }

  #compare(given: string, right: string): Refusal | undefined {
    // Hashes are of one length, and how long their comparison takes says nothing about the key.
    if (timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', right, 'buffer'))) return undefined
    const now = this.#clock.now()
    if (this.#wrongKeys.take(now)) return wrongKey
    return tooManyKeys(Math.ceil(this.#wrongKeys.waitMs(now) / 1_000))
  }
}

/** Two nodes on one machine share the host, and with it the cookies. */
function cookieName(port: number): string {
  return `flotilla_${port}`
}

function cookieOf(request: IncomingMessage, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

const whereTheKeyIs = 'open the address that `./flotilla status` shows, or send its token as `Authorization: Bearer`'

const noKey: Refusal = {
  status: 401,
  code: 'no-key',
  message: 'this needs the key of the node',
  hint: whereTheKeyIs,
  headers: { 'WWW-Authenticate': 'Bearer realm="flotilla"' },
}

const noToken: Refusal = {
  status: 401,
  code: 'no-key',
  message: 'this needs the token of the node itself, a cookie is not enough',
  hint: 'send it as `Authorization: Bearer`',
  headers: { 'WWW-Authenticate': 'Bearer realm="flotilla"' },
}

const notJson: Refusal = {
  status: 415,
  code: 'not-json',
  message: 'only JSON documents can be posted',
  hint: 'send one, and `Content-Type: application/json`',
}

const wrongKey: Refusal = {
  status: 401,
  code: 'wrong-key',
  message: 'this is not the key of the node, which has a new one after every start',
  hint: whereTheKeyIs,
  headers: { 'WWW-Authenticate': 'Bearer realm="flotilla", error="invalid_token"' },
}

function tooManyKeys(waitSeconds: number): Refusal {
  return {
    status: 429,
    code: 'too-many-wrong-keys',
    message: 'too many wrong keys came in a short time',
    hint: `wait ${waitSeconds} s; the right key is answered at any time`,
    headers: { 'Retry-After': String(waitSeconds) },
  }
}
