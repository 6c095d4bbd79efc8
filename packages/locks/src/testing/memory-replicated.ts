import { FlotillaError } from '@flotilla/core/errors'
import { after, type Clock, type Millis } from '@flotilla/core/time'
import type {
  ApplyContext,
  CallOptions,
  GroupName,
  Index,
  LogMillis,
  MachineKind,
  Replicated,
  StateMachine,
} from '@flotilla/raft'

/** What a link does with what goes over it. */
export type LinkState =
  | 'whole'
  /** Nothing gets there. */
  | 'cut'
  /** What is asked happens, and neither the answer nor any event comes back. */
  | 'deaf'
  /** As `deaf`, but answers come when it is whole again, if somebody still waits for them. */
  | 'slow'

/** One client's way to the machine. Calls over a link that is not whole fail when their time is over. */
export interface MemoryLink<Command, Result, Query, Answer> extends Replicated<Command, Result, Query, Answer> {
  state: LinkState
}

/** A machine in this process, behind the interface of a group: nothing is replicated, and nothing is kept. */
export interface MemoryReplicated<Command, Result, Query, Answer>
  extends Replicated<Command, Result, Query, Answer>, AsyncDisposable {
  readonly machine: StateMachine<Command, Result, Query, Answer>
  connect(): MemoryLink<Command, Result, Query, Answer>
  /** Puts the machine that its snapshot gives in its place. */
  restore(): Promise<void>
}

export interface MemoryReplicatedOptions {
  readonly clock: Clock
  readonly name?: string
  /** How long a call that says nothing tries over a link that is not whole. Default 5 s. */
  readonly callTimeoutMs?: number
}

/**
 * For unit tests of what uses a group: one machine, whose log time is the clock's. Commands, results and events go
 * through the machine's codecs, so that what cannot travel shows here.
 */
export function memoryReplicated<Command, Result, Query, Answer>(
  kind: MachineKind<Command, Result, Query, Answer>,
  options: MemoryReplicatedOptions,
): MemoryReplicated<Command, Result, Query, Answer> {
  const host = new MachineHost(kind, options.clock)
  const name = (options.name ?? 'memory') as GroupName
  const connect = (): MemoryLink<Command, Result, Query, Answer> =>
    link(host, name, options.clock, options.callTimeoutMs ?? 5_000)
  const own = connect()
  return {
    name,
    run: (command, call) => own.run(command, call),
    read: (query, call) => own.read(query, call),
    subscribe: (topic, take) => own.subscribe(topic, take),
    connect,
    get machine() {
      return host.machine
    },
    restore: () => host.restore(),
    [Symbol.asyncDispose]() {
      host.close()
      return Promise.resolve()
    },
  }
}

interface Subscriber {
  readonly topic: string
  readonly take: (payload: Uint8Array) => void
  readonly hears: () => boolean
}

/** Applies what comes, in order, and lets time pass. */
class MachineHost<Command, Result, Query, Answer> {
  readonly #kind: MachineKind<Command, Result, Query, Answer>
  readonly #clock: Clock
  readonly #bornAt: Millis
  readonly #subscribers = new Set<Subscriber>()
  machine: StateMachine<Command, Result, Query, Answer>
  #index = 0
  #timer: Disposable | undefined
  #isClosed = false

  constructor(kind: MachineKind<Command, Result, Query, Answer>, clock: Clock) {
    this.#kind = kind
    this.#clock = clock
    this.#bornAt = clock.now()
    this.machine = kind.create()
  }

  apply(bytes: Uint8Array): Uint8Array {
    this.#assertOpen()
    const { codecs } = this.machine
    try {
      return codecs.result.encode(this.machine.apply(codecs.command.decode(bytes), this.#context()))
    } finally {
      this.#setTimer()
    }
  }

  query(bytes: Uint8Array): Uint8Array {
    this.#assertOpen()
    const { codecs } = this.machine
    const context = { index: this.#index as Index, time: this.#time() }
    return codecs.answer.encode(this.machine.query(codecs.query.decode(bytes), context))
  }

  subscribe(subscriber: Subscriber): Disposable {
    this.#subscribers.add(subscriber)
    return { [Symbol.dispose]: () => void this.#subscribers.delete(subscriber) }
  }

  async restore(): Promise<void> {
    const pieces = [...this.machine.snapshot()].map((piece) => piece.slice())
    async function* pull(): AsyncIterable<Uint8Array> {
      yield* pieces
    }
    this.machine = await this.#kind.restore(pull(), this.#kind.version)
    this.#setTimer()
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.[Symbol.dispose]()
  }

  #time(): LogMillis {
    return Math.floor(this.#clock.now() - this.#bornAt) as LogMillis
  }

  #context(): ApplyContext {
    this.#index++
    return {
      index: this.#index as Index,
      time: this.#time(),
      version: this.#kind.version,
      emit: (topic, payload) => this.#emit(topic, payload.slice()),
    }
  }

  #emit(topic: string, payload: Uint8Array): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber.topic !== topic || !subscriber.hears()) continue
      queueMicrotask(() => this.#subscribers.has(subscriber) && subscriber.take(payload.slice()))
    }
  }

  #setTimer(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = undefined
    const due = this.machine.deadline?.() ?? Infinity
    if (due === Infinity || this.#isClosed) return
    this.#timer = this.#clock.wakeAt(after(this.#bornAt, due), () => {
      this.machine.tick?.(this.#context())
      this.#setTimer()
    })
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new FlotillaError('closed', 'this group in memory was closed')
  }
}

function link<Command, Result, Query, Answer>(
  host: MachineHost<Command, Result, Query, Answer>,
  name: GroupName,
  clock: Clock,
  callTimeoutMs: number,
): MemoryLink<Command, Result, Query, Answer> {
  const { codecs } = host.machine
  const call = async (options: CallOptions, happen: () => Uint8Array): Promise<Uint8Array> => {
    const { signal, timeoutMs = callTimeoutMs } = options
    signal?.throwIfAborted()
    await Promise.resolve()
    const before = made.state
    if (before === 'cut') return never(clock, { signal, timeoutMs }, 'no-leader')
    const answer = happen()
    await Promise.resolve()
    const late = before === 'slow' && made.state === 'slow' ? waiting : undefined
    if (late !== undefined) return arrives(clock, { signal, timeoutMs }, late, answer)
    if (before === 'deaf' || made.state !== 'whole') return never(clock, { signal, timeoutMs }, 'outcome-unknown')
    signal?.throwIfAborted()
    return answer
  }
  /** Those whose answer comes when the link is whole again. */
  const waiting = new Set<() => void>()
  let state: LinkState = 'whole'
  const made: MemoryLink<Command, Result, Query, Answer> = {
    name,
    get state() {
      return state
    },
    set state(next) {
      state = next
      if (next !== 'whole') return
      for (const arrive of waiting) arrive()
      waiting.clear()
    },
    async run(command, options = {}) {
      const bytes = codecs.command.encode(command)
      return codecs.result.decode(await call(options, () => host.apply(bytes)))
    },
    async read(query, options = {}) {
      const bytes = codecs.query.encode(query)
      return codecs.answer.decode(await call(options, () => host.query(bytes)))
    },
    subscribe: (topic, take) => host.subscribe({ topic, take, hears: () => made.state === 'whole' }),
  }
  return made
}

/** The answer, when the link is whole again before the time is over. */
async function arrives(
  clock: Clock,
  call: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number },
  waiting: Set<() => void>,
  answer: Uint8Array,
): Promise<Uint8Array> {
  const arrival = Promise.withResolvers<Uint8Array>()
  const arrive = (): void => arrival.resolve(answer)
  waiting.add(arrive)
  try {
    return await Promise.race([arrival.promise, never(clock, call, 'outcome-unknown')])
  } finally {
    waiting.delete(arrive)
  }
}

/** Rejects with that code when the time is over, or with the signal's reason. */
function never(
  clock: Clock,
  { signal, timeoutMs }: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number },
  code: 'no-leader' | 'outcome-unknown',
): Promise<never> {
  return new Promise((_, reject) => {
    const timer = clock.wakeAt(after(clock.now(), timeoutMs), () => {
      signal?.removeEventListener('abort', stop)
      reject(new FlotillaError(code, `the link to the group in memory was not whole for ${timeoutMs} ms`))
    })
    const stop = (): void => {
      timer[Symbol.dispose]()
      reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}
