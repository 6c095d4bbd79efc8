import { after, type Millis } from '@flotilla/core/time'
import { talkToQga, type QgaClient, type QgaEnding } from '../qga/client/index.ts'
import type { ExactJson } from '../lines/index.ts'
import type { VmQgaCall } from './contract.ts'
import { GuardedChannel } from './guarded-channel.ts'
import type { LinkParts } from './link-parts.ts'
import { qgaAgent, qgaFigures, qgaRoundCommands, qgaSystemName, type QgaRound } from './qga-figures.ts'

const earlyMax = 64

/** The QEMU dialect with one machine, through one socket. */
export class QgaLink implements AsyncDisposable {
  readonly path: string
  readonly #parts: LinkParts
  readonly #channel: GuardedChannel
  readonly #client: QgaClient
  readonly #pending = new Map<number, (ending: QgaEnding) => void>()
  #lastTicket = 0
  #isConnected = false
  #isClosed = false
  /** Calls that came before the socket was connected. */
  readonly #early = new Set<() => void>()
  #isThere = false
  #isRounding = false
  #commands: ReadonlySet<string> | undefined
  #before: QgaRound | undefined
  #roundAt = 0 as Millis
  #usedAt: Millis

  constructor(path: string, parts: LinkParts) {
    const { record, clock, limits, room, openChannel } = parts
    const wallNow = (): number => clock.wallNow()
    this.path = path
    this.#parts = parts
    this.#usedAt = clock.now()
    this.#channel = new GuardedChannel({
      open: () => openChannel(path),
      clock,
      limits,
      room,
      onHeldOff: (isHeldOff, why) => {
        record.heldOff('qga', isHeldOff, why, wallNow())
        parts.onChange()
      },
      onConnected: (isConnected) => {
        this.#isConnected = isConnected
        record.connected('qga', isConnected, wallNow())
        parts.onChange()
        // The client hears of it after us.
        if (isConnected) queueMicrotask(() => this.#letGo())
      },
    })
    this.#client = talkToQga({
      channel: this.#channel,
      clock,
      limits: { replyBytesMax: limits.lineBytesMax },
      onEffect: (effect) => {
        if (effect.type === 'agent') return this.#meet(effect.isThere)
        const resolve = this.#pending.get(effect.ticket)
        this.#pending.delete(effect.ticket)
        resolve?.(effect.ending)
      },
      onChannelTrouble: (error) => {
        record.unreachable('qga', error instanceof Error ? error.message : String(error), wallNow())
        parts.onChange()
      },
    })
  }

  /** Since when nobody has wanted it. */
  get usedAt(): Millis {
    return this.#pending.size + this.#early.size > 0 ? this.#parts.clock.now() : this.#usedAt
  }

  /** Waits for the connection too, within the call's time. */
  async call(call: VmQgaCall): Promise<QgaEnding> {
    const { clock } = this.#parts
    const endsAt = after(clock.now(), call.timeoutMs)
    this.#usedAt = clock.now()
    if (!this.#isConnected && this.#early.size < earlyMax) {
      await new Promise<void>((resolve) => {
        const timer = clock.wakeAt(endsAt, () => go())
        const go = (): void => {
          timer[Symbol.dispose]()
          this.#early.delete(go)
          resolve()
        }
        this.#early.add(go)
      })
    }
    return this.#call({ ...call, timeoutMs: Math.max(1, endsAt - clock.now()) })
  }

  /** Asks for figures where it is time to. */
  tick(now: Millis): void {
    if (!this.#isThere || this.#isRounding || now < this.#roundAt) return
    this.#roundAt = after(now, this.#parts.limits.qgaEveryMs)
    this.#isRounding = true
    void this.#round().finally(() => (this.#isRounding = false))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isThere = false
    this.#isClosed = true
    this.#letGo()
    await this.#client[Symbol.asyncDispose]()
    await this.#channel[Symbol.asyncDispose]()
  }

  #letGo(): void {
    for (const go of this.#early) go()
  }

  #call(call: VmQgaCall): Promise<QgaEnding> {
    // It waited for a connection, and hears of the end after the client, which tells nothing any more.
    if (this.#isClosed) return Promise.resolve({ type: 'lost', mayHaveRun: false, message: 'its channel is gone' })
    const ticket = ++this.#lastTicket
    return new Promise((resolve) => {
      this.#pending.set(ticket, resolve)
      this.#client.call({ ticket, ...call })
    })
  }

  #meet(isThere: boolean): void {
    const { record, clock, onChange } = this.#parts
    this.#isThere = isThere
    this.#commands = undefined
    this.#roundAt = clock.now()
    record.qgaAgent(isThere ? { version: '', commands: [] } : undefined, clock.wallNow())
    onChange()
    // Never within the turn that told it.
    if (isThere) queueMicrotask(() => this.tick(clock.now()))
  }

  async #round(): Promise<void> {
    const { record, clock, onChange } = this.#parts
    if (this.#commands === undefined && !(await this.#meetAgent())) return
    const answers: Partial<Record<string, ExactJson>> = {}
    for (const [name, command] of qgaRoundCommands) {
      if (this.#commands?.has(command) !== true) continue
      const value = await this.#asked(command)
      if (!this.#isThere) return
      if (value !== undefined) answers[name] = value
    }
    const now: QgaRound = { wallMs: clock.wallNow(), ...answers }
    record.measured({ system: qgaFigures(this.#before, now) }, now.wallMs)
    this.#before = now
    onChange()
  }

  async #meetAgent(): Promise<boolean> {
    const { record, clock, onChange } = this.#parts
    const info = await this.#asked('guest-info')
    if (!this.#isThere) return false
    const agent = qgaAgent(info ?? null)
    this.#commands = new Set(agent.commands)
    this.#before = undefined
    record.qgaAgent(agent, clock.wallNow())
    const system = this.#commands.has('guest-get-osinfo') ? await this.#asked('guest-get-osinfo') : undefined
    const name = system === undefined ? undefined : qgaSystemName(system)
    if (name !== undefined) record.named(name)
    onChange()
    return this.#isThere
  }

  async #asked(command: string): Promise<ExactJson | undefined> {
    const ending = await this.#call({ command, timeoutMs: this.#parts.limits.qgaCallMs })
    return ending.type === 'returned' ? ending.value : undefined
  }
}
