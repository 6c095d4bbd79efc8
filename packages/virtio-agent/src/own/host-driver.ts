import type { Clock } from '@flotilla/core/time'
import type { MetricsDetail, WallChannel } from '../contract.ts'
import { ChannelWriter } from '../lines/index.ts'
import { OwnHostCore } from './host-core.ts'
import type { OwnHostCoreOptions, OwnHostEffect, OwnHostInput } from './host-events.ts'
import type { HostOrder } from './host-orders.ts'
import { validateOwnHostLimits, type OwnHostLimits } from './limits.ts'
import { checkSharedKey } from './protection.ts'

type FromCore = Pick<OwnHostCoreOptions, 'entropy'> & Partial<Pick<OwnHostCoreOptions, 'packing' | 'key' | 'signer'>>

export interface OwnHostOptions extends FromCore {
  readonly channel: WallChannel
  readonly clock: Clock
  readonly limits?: Partial<OwnHostLimits>
  readonly metrics?: { readonly intervalMs: number; readonly detail: MetricsDetail }
  /** Everything that happens, in order; it must not throw. */
  readonly onEffect: (effect: OwnHostEffect) => void
  /** Whether there is a connection at all; whoever is behind it may still say nothing. */
  readonly onConnected?: (isThere: boolean) => void
  readonly onChannelTrouble?: (error: unknown) => void
}

/** The host's end of one channel. Each order that is given is told as `ended`, once, also when this is disposed. */
export interface OwnHost extends AsyncDisposable {
  give(order: HostOrder): void
  cancel(ticket: number): void
  configure(metrics: { readonly intervalMs: number; readonly detail: MetricsDetail }): void
  collect(): void
}

/** Speaks our own dialect to one guest. The channel stays its owner's, and must not be used for anything else. */
export function talkToGuest(options: OwnHostOptions): OwnHost {
  const { channel, clock, entropy, packing, key, signer, metrics, onEffect } = options
  if (key !== undefined) checkSharedKey(key)
  const core = new OwnHostCore({
    entropy,
    limits: validateOwnHostLimits(options.limits),
    packing,
    key,
    signer,
    metrics,
    wallNow: () => clock.wallNow(),
  })
  const writer = new ChannelWriter(channel, () => core.nextLine())
  let timer: Disposable | undefined
  let isClosed = false

  const turn = (input: OwnHostInput): void => {
    if (isClosed) return
    core.step(clock.now(), input)
    // An effect may give the next order at once.
    for (const effect of core.drain()) onEffect(effect)
    writer.pump()
    timer?.[Symbol.dispose]()
    timer = clock.wakeAt(core.deadline(), () => turn({ type: 'wake' }))
  }
  channel.begin({
    onPeer(isThere) {
      writer.meet(isThere)
      options.onConnected?.(isThere)
      turn({ type: 'peer', isThere })
    },
    onBytes: (bytes) => turn({ type: 'bytes', bytes }),
    onRoom() {
      writer.makeRoom()
      turn({ type: 'wake' })
    },
    onTrouble: (error) => options.onChannelTrouble?.(error),
  })
  return {
    give: (order) => turn({ type: 'order', order }),
    cancel: (ticket) => turn({ type: 'cancel', ticket }),
    configure: (settings) => turn({ type: 'configure', ...settings }),
    collect: () => turn({ type: 'collect' }),
    [Symbol.asyncDispose]() {
      turn({ type: 'peer', isThere: false })
      isClosed = true
      timer?.[Symbol.dispose]()
      return Promise.resolve()
    },
  }
}
