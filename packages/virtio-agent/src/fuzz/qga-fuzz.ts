import { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import { QgaCore, type QgaEffect } from '../guest/qga-core.ts'
import { QgaDialect, qgaCommands, type QgaSystem } from '../qga/index.ts'
import { BadBytes } from './bad-bytes.ts'

const limits = { messageBytesMax: 2_048, requestsMax: 16, requestBytesMax: 8_192, fileHandlesMax: 4 }

/** Bad input for the dialect of the QEMU guest agent, in one session that never ends. */
export class QgaFuzz {
  readonly #bad: BadBytes
  readonly #dialect: QgaDialect
  readonly #core: QgaCore
  #now = 0
  #syncs = 0
  #reply = ''
  /** Commands that a program in the guest would have been asked for. */
  answered = 0

  constructor(seed: number, system: QgaSystem) {
    const prng = new Prng(seed)
    this.#bad = new BadBytes(prng, goodRequests())
    this.#dialect = new QgaDialect({ system, version: 'fuzz', limits })
    this.#core = new QgaCore(this.#dialect.limits)
    this.#core.step(0 as Millis, { type: 'peer', isThere: true })
  }

  async feed(count: number): Promise<void> {
    for (let index = 0; index < count; index++) await this.#put(this.#bad.next())
  }

  /** Whether the next good command is answered, whatever came before; the newline that ends it was its own. */
  async answersNext(): Promise<boolean> {
    const id = ++this.#syncs
    await this.#put(new TextEncoder().encode(`\n{"execute":"guest-sync","arguments":{"id":${id}}}\n`))
    return this.#reply.includes(`{"return":${id}}`)
  }

  async #put(bytes: Uint8Array): Promise<void> {
    this.#reply = ''
    this.#core.step(++this.#now as Millis, { type: 'bytes', bytes })
    for (let effects = this.#core.drain(); effects.length > 0; effects = this.#core.drain()) {
      for (const effect of effects) await this.#perform(effect)
    }
  }

  async #perform(effect: QgaEffect): Promise<void> {
    if (effect.type !== 'work') return
    const { work, what } = effect
    this.answered++
    const line = what.type === 'trouble' ? this.#dialect.trouble(what.what) : await this.#dialect.answer(what.request)
    this.#core.step(++this.#now as Millis, { type: 'worked', work, line })
    const sent = this.#core.nextLine()
    if (sent === undefined) return
    this.#reply += new TextDecoder().decode(sent)
    this.#core.nextLine()
    this.#core.step(++this.#now as Millis, { type: 'wake' })
  }
}

function goodRequests(): readonly string[] {
  const named = qgaCommands.map(({ name }) => `{"execute":"${name}"}\n`)
  return [
    ...named,
    '{"execute":"guest-sync-delimited","arguments":{"id":1234567890123456789}}\r\n',
    "{'execute':'guest-ping','id':'x'}{'execute':'guest-ping','id':[1,{}]}",
    '{"execute":"guest-file-open","arguments":{"path":"/a","mode":"w+"}}\n',
    '{"execute":"guest-file-write","arguments":{"handle":1000,"buf-b64":"aGVsbG8=","count":3}}\n',
    '{"execute":"guest-file-read","arguments":{"handle":1000,"count":100}}\n',
    '{"execute":"guest-file-close","arguments":{"handle":1001}}\n',
    '{"execute":"guest-exec","arguments":{"path":"sh","arg":["-c","x"],"env":[],"capture-output":"merged"}}\n',
    '{"execute":"guest-exec-status","arguments":{"pid":1}}\n',
    '{"execute":"guest-set-vcpus","arguments":{"vcpus":[{"logical-id":0,"online":true}]}}\n',
    '{\n"execute"\n:\n"guest-info"\n}\n',
  ]
}
