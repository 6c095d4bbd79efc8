import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { ByteStream, ChannelHandlers } from '@flotilla/core/network'
import type { Millis } from '@flotilla/core/time'
import { driverLimits } from '../limits.ts'
import type { GroupName } from '../types.ts'
import { readAnswers } from '../wire/answer-codec.ts'
import { readCalls } from '../wire/call-codec.ts'
import { noticeKinds } from '../wire/notice-kind.ts'
import { readOffer } from '../wire/offer-codec.ts'
import { readParcel } from '../wire/parcel.ts'
import type { NodeRuntime } from './node-runtime.ts'

/** Decodes what comes in over the channel, once, and brings it to whom it concerns. */
export class Incoming {
  readonly #node: NodeRuntime
  /** Groups that are not open here, and when somebody was told of it. */
  readonly #unknown = new Map<GroupName, Millis>()

  constructor(node: NodeRuntime) {
    this.#node = node
  }

  handlers(): ChannelHandlers {
    return {
      peer: (change) => {
        if (this.#node.stoppedBy !== undefined) return
        if (change.type === 'up') this.#node.beats.up(change.peer)
        else this.#node.peerDown(change.peer)
      },
      notice: (from, notice) => this.#guard(from, () => this.#notice(from, notice)),
      stream: (stream) => this.#stream(stream),
    }
  }

  #guard(from: NodeId, work: () => void): void {
    if (this.#node.stoppedBy !== undefined) return
    try {
      work()
    } catch (error) {
      // That one is no matter of a bad message: somebody has lost data that he had promised to keep.
      const differs = error instanceof ProtocolError && error.code === 'decided-differs'
      if (!(error instanceof ProtocolError) || differs) return this.#node.fail(error)
      this.#node.instruments.malformed.inc({})
      this.#node.logger.warn({ err: error, peer: from }, 'a notice was malformed')
    }
  }

  #notice(from: NodeId, notice: Uint8Array): void {
    const { beats, book } = this.#node
    switch (notice[0]) {
      case noticeKinds.parcel:
        return this.#parcel(from, notice)
      case noticeKinds.calls:
        return this.#calls(from, notice)
      case noticeKinds.answers:
        return book.answered(from, readAnswers(notice))
      case noticeKinds.beat:
        return beats.takeBeat(from, notice)
      case noticeKinds.hello:
        return beats.takeHello(from, notice)
      case undefined:
      default:
        throw new ProtocolError('unknown-type', `a notice is of the unknown kind ${notice[0]}`, {
          hint: 'that node runs a newer version of this program; upgrade this one',
        })
    }
  }

  #parcel(from: NodeId, notice: Uint8Array): void {
    const parcelled = readParcel(notice)
    const { groups, beats } = this.#node
    beats.heard(from)
    for (const { group: name, message } of parcelled) {
      if (!this.#admitsMember(from, name)) continue
      const group = groups.get(name)
      if (group === undefined) this.#unknownGroup(name, from)
      else group.message(from, message)
    }
  }

  #calls(from: NodeId, notice: Uint8Array): void {
    const { boot, sequence, calls } = readCalls(notice)
    const { callers, groups } = this.#node
    const caller = callers.admit(from, boot, sequence)
    if (caller === undefined) return
    for (const { group: name, id, call } of calls) {
      const group = groups.get(name)
      if (group === undefined) callers.answer({ caller, id }, { type: 'not-served' })
      else group.desk.take({ caller, id }, call)
    }
    this.#node.answerSoon()
  }

  async #stream(stream: ByteStream): Promise<void> {
    const { group: name, offer } = readOffer(stream.header)
    const group = this.#node.groups.get(name)
    if (group === undefined || group.closed || !this.#admitsMember(stream.peer, name)) {
      throw new FlotillaError('not-served', `group ${name} is not open here`)
    }
    try {
      await this.#node.snapshotSlots.admit(() => group.snapshots.take(stream, offer))
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'decided-differs') this.#node.fail(error)
      if (error instanceof FlotillaError) throw error
      // Such as a disk that fails: nobody is to wonder why snapshots do not arrive.
      this.#node.logger.warn({ group: name, peer: stream.peer, err: error }, 'a snapshot could not be taken')
      throw new FlotillaError('not-taken', `the snapshot of group ${name} could not be taken`, { cause: error })
    }
  }

  #admitsMember(peer: NodeId, group: GroupName): boolean {
    const { admitsMember, admits } = this.#node.options
    return (admitsMember ?? admits)?.(peer, group) ?? true
  }

  #unknownGroup(name: GroupName, from: NodeId): void {
    const { onUnknownGroup } = this.#node.options
    if (onUnknownGroup === undefined) return
    const now = this.#node.clock.now()
    const toldAt = this.#unknown.get(name)
    if (toldAt !== undefined && now < toldAt + driverLimits.unknownGroupAskedAgainMs) return
    this.#unknown.delete(name)
    for (const [other, at] of this.#unknown) {
      const stale = now >= at + driverLimits.unknownGroupAskedAgainMs
      if (stale) this.#unknown.delete(other)
    }
    // Whoever makes up names by the thousand is not listened to.
    if (this.#unknown.size >= this.#node.limits.unknownGroupsAskedMax) return
    this.#unknown.set(name, now)
    onUnknownGroup(name, from)
  }
}
