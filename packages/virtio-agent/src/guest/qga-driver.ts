import { silentLogger, type Logger } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import type { WallChannel } from '../contract.ts'
import { QgaDialect, type QgaDialectOptions } from '../qga/index.ts'
import { ChannelWriter } from '../lines/index.ts'
import { QgaCore, type QgaEffect, type QgaInput, type QgaWork } from './qga-core.ts'

export interface QgaGuestOptions extends QgaDialectOptions {
  readonly channel: WallChannel
  readonly clock: Clock
}

/**
 * Answers on a channel as the QEMU guest agent does, until it is disposed. The channel and the system stay their
 * owner's, but the channel must not be used for anything else.
 */
export function serveQga(options: QgaGuestOptions): AsyncDisposable {
  return new QgaGuest(options)
}

class QgaGuest implements AsyncDisposable {
  readonly #clock: Clock
  readonly #dialect: QgaDialect
  readonly #core: QgaCore
  readonly #writer: ChannelWriter
  readonly #logger: Logger
  #timer: Disposable | undefined
  #isClosed = false

  constructor(options: QgaGuestOptions) {
    const { channel, clock, logger = silentLogger } = options
    this.#clock = clock
    this.#logger = logger
    this.#dialect = new QgaDialect(options)
    this.#core = new QgaCore(this.#dialect.limits)
    this.#writer = new ChannelWriter(channel, () => this.#core.nextLine())
    channel.begin({
      onPeer: (isThere) => {
        this.#writer.meet(isThere)
        this.#turn({ type: 'peer', isThere })
      },
      onBytes: (bytes) => this.#turn({ type: 'bytes', bytes }),
      onRoom: () => {
        this.#writer.makeRoom()
        this.#turn({ type: 'wake' })
      },
      onTrouble: (error) => this.#logger.warn({ err: error }, 'the channel of the QEMU guest agent cannot be used now'),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timer?.[Symbol.dispose]()
    await this.#dialect[Symbol.asyncDispose]()
  }

  #turn(input: QgaInput): void {
    if (this.#isClosed) return
    this.#core.step(this.#clock.now(), input)
    this.#drain()
    this.#writer.pump()
    // An answer that was taken makes room for the next command.
    this.#core.step(this.#clock.now(), { type: 'wake' })
    this.#drain()
    this.#timer?.[Symbol.dispose]()
    this.#timer = this.#clock.wakeAt(this.#core.deadline(), () => this.#turn({ type: 'wake' }))
  }

  #drain(): void {
    for (const effect of this.#core.drain()) this.#perform(effect)
  }

  #perform(effect: QgaEffect): void {
    switch (effect.type) {
      case 'work':
        void this.#work(effect.work, effect.what)
        return
      case 'close-files':
        void this.#dialect.closeFiles()
        return
    }
  }

  async #work(work: number, what: QgaWork): Promise<void> {
    const line = what.type === 'trouble' ? this.#dialect.trouble(what.what) : await this.#dialect.answer(what.request)
    // Never within the step that asked for it.
    await Promise.resolve()
    this.#turn({ type: 'worked', work, line })
  }
}
