import type { FlotillaError } from '../../errors/index.ts'
import type { NetworkErrorCode } from '../index.ts'
import { Allowance } from './allowance.ts'
import { Announcements } from './announcements.ts'
import type { Frame } from './frame.ts'
import { IncomingCalls } from './incoming-calls.ts'
import { OutgoingCalls } from './outgoing-calls.ts'
import { PeerTopics } from './peer-topics.ts'
import { Publications } from './publications.ts'
import type { Left, SessionContext } from './session-context.ts'
import { Streams } from './streams.ts'
import { unexpected } from './unexpected.ts'

/** Figures of one connection, from its making on. */
export interface SessionFigures {
  /** Our notices that were not accepted because `noticesQueuedMax` or `messageBytesHeldMax` was reached. */
  readonly noticesRefused: number
  /** Our notices that have not left. */
  readonly noticesWaiting: number
  /** Our publications that gave way to newer ones, as the peer did not take them in time. */
  readonly publicationsDropped: number
  /** Our publications that wait for the peer, those that are being sent not counted. */
  readonly publicationsWaiting: number
  /** The peer's notices and publications that were longer than our `messageBytesMax` and were passed over. */
  readonly messagesPassedOver: number
  /** Our requests that wait for an answer. */
  readonly requestsWaiting: number
  /** The peer's requests that our handlers work on. */
  readonly requestsRunning: number
  readonly streamsOpen: number
  /** Topics that the peer subscribes to. */
  readonly topicsSubscribed: number
}

/** One node's end of one connection. It ends with the connection; the next connection to that peer has its own. */
export class Session {
  readonly calls: OutgoingCalls
  readonly streams: Streams
  readonly announcements: Announcements
  readonly #context: SessionContext
  readonly #incoming: IncomingCalls
  readonly #notices: Allowance
  readonly #publications: Publications
  readonly #peerTopics: PeerTopics
  #noticesRefused = 0
  #messagesPassedOver = 0

  constructor(context: SessionContext) {
    this.#context = context
    this.calls = new OutgoingCalls(context)
    this.streams = new Streams(context)
    this.announcements = new Announcements(context.send)
    this.#incoming = new IncomingCalls(context)
    this.#notices = new Allowance(context.limits.noticesQueuedMax)
    this.#publications = new Publications(context.limits, context.send)
    this.#peerTopics = new PeerTopics(context, this.#publications)
  }

  get figures(): SessionFigures {
    return {
      noticesRefused: this.#noticesRefused,
      noticesWaiting: this.#notices.held,
      publicationsDropped: this.#publications.dropped,
      publicationsWaiting: this.#publications.waiting,
      messagesPassedOver: this.#messagesPassedOver,
      requestsWaiting: this.calls.waiting,
      requestsRunning: this.#incoming.running,
      streamsOpen: this.streams.count,
      topicsSubscribed: this.#peerTopics.count,
    }
  }

  notify(channel: string, payload: Uint8Array): boolean {
    if (!this.#notices.take()) return this.#refuseNotice()
    if (!this.#context.held.take(payload.byteLength)) {
      this.#notices.give()
      return this.#refuseNotice()
    }
    this.#context.send({ kind: 'notice', channel, payload }, this.#noticesLeft)
    return true
  }

  /** Throws a `ProtocolError` for what no honest peer sends. */
  receive(frame: Frame): void {
    switch (frame.kind) {
      case 'notice':
        return this.#notice(frame.channel, frame.payload)
      case 'publication':
        return this.#publication(frame.channel, frame.topic, frame.payload)
      case 'subscribe':
        return this.#peerTopics.subscribe(frame.channel, frame.topic)
      case 'unsubscribe':
        return this.#peerTopics.unsubscribe(frame.channel, frame.topic)
      case 'request':
        return this.#incoming.start(frame, this.#context.receiver(frame.channel)?.handlers.request)
      case 'cancel':
        return this.#incoming.cancel(frame.call)
      case 'answer':
      case 'failure':
        return this.calls.settle(frame)
      case 'stream-open':
        return this.streams.accept(frame, this.#context.receiver(frame.channel)?.handlers.stream)
      case 'stream-accept':
      case 'stream-data':
      case 'stream-credit':
      case 'stream-end':
      case 'stream-read':
      case 'stream-reset':
        return this.streams.receive(frame)
      default:
        frame satisfies never
        throw unexpected(this.#context.peer, 'sends a frame of a kind that there is not')
    }
  }

  /**
   * Ends everything of one channel; or everything, without sending any more, as the connection is gone. Without an
   * error nothing settles: its process is gone.
   */
  stop(error: FlotillaError<NetworkErrorCode> | undefined, channel?: string): void {
    this.calls.stop(error, channel)
    this.#incoming.stop(error, channel)
    this.streams.stop(error, channel)
    if (channel !== undefined) return
    this.#publications.stop()
    this.#peerTopics.stop()
    this.announcements.stop()
  }

  #refuseNotice(): false {
    this.#noticesRefused++
    return false
  }

  readonly #noticesLeft: Left = (frames, payloadBytes) => {
    this.#notices.give(frames)
    this.#context.held.give(payloadBytes)
  }

  #notice(channel: string, payload: Uint8Array): void {
    const { peer, limits } = this.#context
    if (payload.byteLength > limits.messageBytesMax) return void this.#messagesPassedOver++
    const receiver = this.#context.receiver(channel)
    try {
      receiver?.handlers.notice?.(peer, payload)
    } catch (error) {
      this.#context.report({ channel, handler: 'notice', error })
    }
  }

  #publication(channel: string, topic: string, payload: Uint8Array): void {
    const { peer, limits } = this.#context
    if (payload.byteLength > limits.messageBytesMax) return void this.#messagesPassedOver++
    this.#context.receiver(channel)?.take(peer, topic, payload)
  }
}
