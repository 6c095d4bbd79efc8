import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { Address } from '../address.ts'
import type { MemberMetadata } from '../member.ts'
import { datagramAddressesMax, incarnationMax, type MemberRecord, type SignedRecord } from './record.ts'
import type { MembershipSettings } from './settings.ts'
import type { OwnSaying, Vouching } from './vouching.ts'

/** What we say about ourselves. Each change and each refutation is a record with a higher incarnation. */
export class OwnRecord {
  readonly #settings: MembershipSettings
  readonly #vouching: Vouching
  #record: MemberRecord
  #signed: SignedRecord
  /** Metadata and addresses that wait until the next change may be told. */
  #waiting: Partial<Pick<MemberRecord, 'metadata' | 'datagrams'>> | undefined
  #changedAt = -Infinity
  #refutedAt = -Infinity
  #mustRefute = false
  /** The highest incarnation of our earlier lives that we heard of. */
  #outdone = 0

  constructor(settings: MembershipSettings, vouching: Vouching, first: OwnSaying) {
    this.#settings = settings
    this.#vouching = vouching
    const { record, signed } = vouching.signRecord({
      ...first,
      datagrams: first.datagrams.slice(0, datagramAddressesMax),
    })
    this.#record = record
    this.#signed = signed
  }

  get id(): NodeId {
    return this.#record.id
  }

  get record(): MemberRecord {
    return this.#record
  }

  get signed(): SignedRecord {
    return this.#signed
  }

  /** When something is to be done. */
  get deadline(): Millis {
    const refuteAt = this.#mustRefute ? this.#refutedAt + this.#settings.refutationGapMs : Infinity
    const changeAt = this.#waiting === undefined ? Infinity : this.#changedAt + this.#settings.metadataGapMs
    return Math.min(refuteAt, changeAt) as Millis
  }

  change(changes: { readonly metadata?: MemberMetadata; readonly datagrams?: readonly Address[] }): void {
    const { datagrams, ...others } = changes
    const first = datagrams === undefined ? {} : { datagrams: datagrams.slice(0, datagramAddressesMax) }
    this.#waiting = { ...this.#waiting, ...others, ...first }
  }

  /** Somebody says something wrong about us. */
  refute(): void {
    this.#mustRefute = true
  }

  /**
   * An earlier life of ours has told this; we overtake it. The caller has found the signature to be ours. As rarely as
   * refutations: two processes with one key, which must not be, would otherwise outdo each other without a pause.
   */
  outdo(record: MemberRecord): void {
    this.#outdone = Math.max(this.#outdone, record.incarnation)
    this.#mustRefute = true
  }

  leave(): void {
    this.#renew({ leaving: true })
  }

  /** The same once more, with the proof as it is now. */
  resign(): void {
    this.#renew({})
  }

  /** Tells what waits, if it is time. Returns whether there is a new record. */
  due(now: Millis): boolean {
    if (this.deadline > now) return false
    if (this.#mustRefute) this.#refutedAt = now
    if (this.#waiting !== undefined) this.#changedAt = now
    this.#mustRefute = false
    this.#renew(this.#waiting ?? {})
    this.#waiting = undefined
    return true
  }

  /** At the very last incarnation there is no higher one: then nothing can be refuted any more, and nothing breaks. */
  #renew(changes: Partial<MemberRecord>): void {
    const said = { ...this.#record, ...changes }
    const incarnation = Math.min(incarnationMax, Math.max(said.incarnation, this.#outdone) + 1)
    const { record, signed } = this.#vouching.signRecord({ ...said, incarnation })
    this.#record = record
    this.#signed = signed
  }
}
