import { FrameSplitter, frameHeadBytes, writeFrameHead } from '@flotilla/core/codec'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import { withTimeout, type Clock } from '@flotilla/core/time'
import type { AdmissionDesk } from './admission-desk.ts'
import { clusterLimits } from './config.ts'
import { hostCodec, hostMessageBytesMax, newcomerCodec, type HostMessage } from './join-messages.ts'
import { JoinHost } from './join-host.ts'
import { Newcomer, type Membership, type NewcomerOptions } from './newcomer.ts'
import type { DoorPipe } from './ports.ts'
import { malformedJoin, type JoinErrorCode } from './refusal.ts'

interface DriverOptions {
  readonly clock: Clock
  readonly joinMsMax: number
  readonly signal?: AbortSignal
}

/** Joins through this pipe, or rejects with a `FlotillaError<JoinErrorCode>` or the signal's reason. */
export async function joinThrough(
  door: DoorPipe,
  options: Omit<NewcomerOptions, 'exporter' | 'wallNow'> & DriverOptions,
): Promise<Membership> {
  const pipe = guarded(door)
  const core = new Newcomer({ ...options, exporter: pipe.exporter, wallNow: options.clock.wallNow() })
  return inTime(pipe, 'joining', options, async () => {
    const say = async (): Promise<void> => {
      for (const message of core.drain()) await pipe.write(framed(newcomerCodec.encode(message)))
    }
    await say()
    for await (const frame of frames(pipe, hostMessageBytesMax)) {
      core.step(decoded(() => hostCodec.decode(frame)))
      await say()
      if (core.membership === undefined) continue
      pipe.end()
      return core.membership
    }
    throw malformedJoin('it ends before it has welcomed or refused us')
  })
}

/** How one newcomer fared. */
export type ServedNewcomer = Extract<HostMessage, { readonly type: 'welcome' | 'refused' }>

/** Serves the newcomer at the other end of this pipe. Rejects if it breaks the protocol or takes too long. */
export async function serveNewcomer(
  pipe: DoorPipe,
  options: DriverOptions & { readonly desk: AdmissionDesk; readonly persist: () => Promise<void> },
): Promise<ServedNewcomer> {
  const { clock, desk, persist } = options
  const core = new JoinHost(desk, pipe.exporter)
  return inTime(pipe, 'a newcomer', options, async () => {
    let served: ServedNewcomer | undefined
    for await (const frame of frames(pipe, clusterLimits.knockBytesMax)) {
      core.step(
        clock.wallNow(),
        decoded(() => newcomerCodec.decode(frame)),
      )
      served ??= await perform(pipe, core, persist)
    }
    // The loop ends when the newcomer does, so that it has read all of this before the pipe is gone.
    if (served === undefined) throw malformedJoin('it ends in the midst')
    return served
  })
}

/** Tells a newcomer why it is not served at all. */
export async function turnAway(
  pipe: DoorPipe,
  options: DriverOptions & { readonly refused: ServedNewcomer },
): Promise<void> {
  await inTime(pipe, 'a newcomer', options, async () => {
    await pipe.write(framed(hostCodec.encode(options.refused)))
    pipe.end()
    let heardBytes = 0
    for await (const bytes of pipe.read()) {
      heardBytes += bytes.length
      if (heardBytes > clusterLimits.knockBytesMax) return
    }
  })
}

async function perform(
  pipe: DoorPipe,
  core: JoinHost,
  persist: () => Promise<void>,
): Promise<ServedNewcomer | undefined> {
  let last: ServedNewcomer | undefined
  for (const effect of core.drain()) {
    switch (effect.type) {
      case 'persist':
        try {
          await persist()
        } catch (error) {
          await pipe.write(framed(hostCodec.encode({ type: 'refused', reason: 'host-failed', detail: 0 })))
          pipe.end()
          throw error
        }
        break
      case 'send':
        await pipe.write(framed(hostCodec.encode(effect.message)))
        if (effect.message.type !== 'authority') last = effect.message
        break
      case 'end':
        pipe.end()
    }
  }
  return last
}

/** The pipe is destroyed when `work` fails or takes too long, so that whatever waits for it ends. */
async function inTime<Result>(
  pipe: DoorPipe,
  what: string,
  { clock, joinMsMax, signal }: DriverOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const options = { clock, timeoutMs: joinMsMax, what, ...(signal && { signal }) }
  return withTimeout(options, async (inner) => {
    const aborted = Promise.withResolvers<never>()
    const giveUp = (): void => aborted.reject(inner.reason as Error)
    inner.addEventListener('abort', giveUp, { once: true })
    try {
      return await Promise.race([work(), aborted.promise])
    } catch (error) {
      pipe.destroy()
      throw error
    } finally {
      inner.removeEventListener('abort', giveUp)
    }
  })
}

/** The same pipe, whose errors say to a newcomer what happened. */
function guarded(door: DoorPipe): DoorPipe {
  const lost = (cause: unknown): Error =>
    new FlotillaError<JoinErrorCode>('connection-lost', 'the connection to the inviter broke while we were joining', {
      cause,
      hint: 'join again with the same token; if it happens again, see the log of the inviter',
    })
  return {
    exporter: door.exporter,
    async *read() {
      try {
        yield* door.read()
      } catch (error) {
        throw lost(error)
      }
    },
    async write(bytes) {
      try {
        await door.write(bytes)
      } catch (error) {
        throw lost(error)
      }
    },
    end: () => door.end(),
    destroy: () => door.destroy(),
  }
}

async function* frames(pipe: DoorPipe, frameBytesMax: number): AsyncGenerator<Uint8Array, void, undefined> {
  const splitter = new FrameSplitter({ frameBytesMax })
  for await (const bytes of pipe.read()) {
    decoded(() => splitter.push(bytes))
    for (let frame = nextOf(splitter); frame !== undefined; frame = nextOf(splitter)) yield frame
  }
  decoded(() => splitter.end())
}

function nextOf(splitter: FrameSplitter): Uint8Array | undefined {
  return decoded(() => splitter.next())
}

function framed(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(frameHeadBytes + message.length)
  writeFrameHead(frame, 0, message.length)
  frame.set(message, frameHeadBytes)
  return frame
}

/** All that is wrong with what the far end says has one code. */
function decoded<Value>(decode: () => Value): Value {
  try {
    return decode()
  } catch (error) {
    throw error instanceof ProtocolError ? malformedJoin(error.message) : error
  }
}
