import { Prng } from '@flotilla/core/random'
import type { Millis, WallMillis } from '@flotilla/core/time'
import { Buffer } from 'node:buffer'
import { OwnGuestCore } from '../guest/own-core.ts'
import { OwnHostCore, validateOwnGuestLimits, validateOwnHostLimits } from '../own/index.ts'
import { BadBytes } from './bad-bytes.ts'

const nonce = '0123456789abcdef0123456789abcdef'
/** Every session has the same id, so that bad lines get further than to the question whose they are. */
const always = {
  bytes: (length: number): Uint8Array => Uint8Array.from(Buffer.from(nonce, 'hex')).slice(0, length),
}
const options = { packing: undefined, key: undefined, wallNow: () => 0 as WallMillis }

/** Bad lines of a host, for a guest. */
export class OwnGuestFuzz {
  readonly #bad: BadBytes
  readonly #core: OwnGuestCore
  #now = 0
  #session = nonce
  #hosts = 0
  #sent = ''
  executed = 0

  constructor(seed: number) {
    const prng = new Prng(seed)
    this.#core = new OwnGuestCore({
      ...options,
      guest: 'g',
      agentVersion: '1',
      entropy: always,
      limits: validateOwnGuestLimits({ lineBytesMax: 2_048, unsentLinesMax: 64 }),
      detail: 'brief',
      trust: undefined,
      supported: () => ['ping'],
    })
    this.#core.step(0 as Millis, { type: 'peer', isThere: true })
    this.#hello()
    this.#bad = new BadBytes(prng, hostLines(this.#session))
  }

  feed(count: number): void {
    for (let index = 0; index < count; index++) this.#put(this.#bad.next())
  }

  /** Whether a host that comes now is welcomed, and its command done. */
  answersNext(): boolean {
    this.#hello()
    const isWelcomed = this.#sent.includes('"welcome"')
    const order = { session: this.#session, id: 1, command: 'ping', arguments: {}, actor: 'a', timeoutMs: 9 }
    this.#text(JSON.stringify({ type: 'command', ...order }))
    return isWelcomed && this.#sent.includes('"result"')
  }

  #hello(): void {
    const host = (++this.#hosts).toString(16).padStart(32, '0')
    this.#text(`{"type":"hello","version":1,"host":"${host}","isSealed":false}`)
    this.#session = /"welcome".*?"session":"([0-9a-f]{32})"/.exec(this.#sent)?.[1] ?? this.#session
  }

  #text(text: string): void {
    this.#put(new TextEncoder().encode(`\n${text}\n`))
  }

  #put(bytes: Uint8Array): void {
    this.#sent = ''
    this.#core.step(++this.#now as Millis, { type: 'bytes', bytes })
    for (const effect of this.#core.drain()) {
      if (effect.type !== 'run') continue
      this.executed++
      const outcome = { type: 'done', value: null } as const
      this.#core.step(++this.#now as Millis, { type: 'ended', run: effect.run, outcome })
    }
    for (let line = this.#core.nextLine(); line !== undefined; line = this.#core.nextLine()) {
      this.#sent += new TextDecoder().decode(line)
    }
  }
}

/** Bad lines of a guest, for a host. */
export class OwnHostFuzz {
  readonly #bad: BadBytes
  readonly #core: OwnHostCore
  #now = 0
  #tickets = 0
  #session = nonce
  #answered = 0
  effects = 0

  constructor(seed: number) {
    const prng = new Prng(seed)
    this.#core = new OwnHostCore({
      ...options,
      entropy: always,
      limits: validateOwnHostLimits({ lineBytesMax: 2_048, linesPerSecondMax: 1_000_000 }),
      signer: undefined,
      metrics: undefined,
    })
    this.#bad = new BadBytes(prng, guestLines(this.#session))
    this.#comeAndGo()
  }

  feed(count: number): void {
    for (let index = 0; index < count; index++) this.#put(this.#bad.next())
  }

  /** Whether a guest that behaves from now on is welcomed, and its answer believed. */
  answersNext(): boolean {
    this.#comeAndGo()
    const ticket = ++this.#tickets
    const order = { ticket, command: 'ping', arguments: {}, actor: 'a', timeoutMs: 9, isSigned: false } as const
    this.#core.step(++this.#now as Millis, { type: 'order', order })
    const sent = this.#drain()
    const id = /"id":(\d+)/.exec(sent)?.[1]
    const result = `{"type":"result","session":"${this.#session}","id":${id},"dropped":0`
    this.#put(new TextEncoder().encode(`\n${result},"outcome":{"type":"done","value":7}}\n`))
    return this.#answered === ticket
  }

  #comeAndGo(): void {
    this.#core.step(++this.#now as Millis, { type: 'peer', isThere: false })
    this.#core.step(++this.#now as Millis, { type: 'peer', isThere: true })
    const host = /"host":"([0-9a-f]{32})"/.exec(this.#drain())?.[1]
    const welcome = { type: 'welcome', version: 1, host, session: this.#session, isSealed: false }
    this.#put(new TextEncoder().encode(`\n${JSON.stringify(welcome)}\n${aboutLine(this.#session)}`))
  }

  #put(bytes: Uint8Array): void {
    this.#core.step(++this.#now as Millis, { type: 'bytes', bytes })
    this.#drain()
  }

  #drain(): string {
    for (const effect of this.#core.drain()) {
      this.effects++
      if (effect.type === 'ended' && effect.ending.type === 'done') this.#answered = effect.ticket
    }
    let sent = ''
    for (let line = this.#core.nextLine(); line !== undefined; line = this.#core.nextLine()) {
      sent += new TextDecoder().decode(line)
    }
    return sent
  }
}

function hostLines(session: string): readonly string[] {
  const order = { session, command: 'ping', arguments: { a: [1, 'x'] }, actor: 'ann', timeoutMs: 50 }
  const signature = { key: 'a'.repeat(64), atMs: 1, signature: 'b'.repeat(128) }
  return [
    { type: 'hello', version: 1, host: nonce, isSealed: false },
    { type: 'configure', session, intervalMs: 1_000, detail: 'full' },
    { type: 'collect', session },
    { type: 'command', id: 5, ...order },
    { type: 'command', id: 6, ...order, signature },
    { type: 'cancel', session, id: 5 },
    { type: 'beat', session, number: 3 },
  ].map((line) => `${JSON.stringify(line)}\n`)
}

function guestLines(session: string): readonly string[] {
  const figures = { system: { wallMs: 1, bootId: 'b', problems: [] }, processes: [{ pid: 1 }] }
  const lines = [
    { type: 'welcome', version: 1, host: nonce, session, isSealed: false },
    { type: 'refused', host: nonce, code: 'needs-key', message: 'no' },
    { type: 'metrics', session, number: 1, detail: 'brief', figures },
    { type: 'metrics', session, number: 1, detail: 'brief', packed: { encoding: 'gzip', bytes: 'AAAA' } },
    { type: 'progress', session, id: 1, dropped: 0, stream: 'stdout', bytes: 'aGVsbG8=' },
    { type: 'progress', session, id: 1, dropped: 0, note: 'half' },
    { type: 'result', session, id: 1, dropped: 0, outcome: { type: 'done', value: { __proto__: 1 } } },
    { type: 'result', session, id: 2, dropped: 0, outcome: { type: 'failed', code: 'failed', message: 'm' } },
    { type: 'beat', session, number: 1 },
    { type: 'notice', session, code: 'wrong-line', count: 3 },
    { type: 'ended', session },
  ]
  return [aboutLine(session), ...lines.map((line) => `${JSON.stringify(line)}\n`)]
}

function aboutLine(session: string): string {
  const about = {
    guest: 'g',
    agentVersion: '1',
    commands: ['ping', 'unheard.of'],
    concurrentMax: 2,
    queuedMax: 2,
    lineBytesMax: 9_999,
    intervalMs: 30_000,
    detail: 'brief',
  }
  return `${JSON.stringify({ type: 'about', session, about })}\n`
}
