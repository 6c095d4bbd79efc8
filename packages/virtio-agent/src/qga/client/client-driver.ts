import type { Clock } from '@flotilla/core/time'
import type { WallChannel } from '../../contract.ts'
import { ChannelWriter } from '../../lines/index.ts'
import { QgaClientCore, type QgaCall, type QgaClientEffect, type QgaClientInput } from './client-core.ts'
import { validateQgaClientLimits, type QgaClientLimits } from './limits.ts'

export interface QgaClientOptions {
  readonly channel: WallChannel
  readonly clock: Clock
  readonly limits?: Partial<QgaClientLimits>
  /** Everything that happens, in order; it must not throw. */
  readonly onEffect: (effect: QgaClientEffect) => void
  /** Whether there is a connection at all; whoever is behind it may still say nothing. */
  readonly onConnected?: (isThere: boolean) => void
  readonly onChannelTrouble?: (error: unknown) => void
}

/** Each call is told as `ended`, once, also when this is disposed. */
export interface QgaClient extends AsyncDisposable {
  call(call: QgaCall): void
}

/** Asks the QEMU guest agent of one guest, the original or ours. */
export function talkToQga({
  channel,
  clock,
  limits,
  onEffect,
  onConnected,
  onChannelTrouble,
}: QgaClientOptions): QgaClient {
  // Milliseconds, as libvirt does it: the numbers of a host that was there before are lower.
  const core = new QgaClientCore(validateQgaClientLimits(limits), Math.floor(clock.wallNow()))
  const writer = new ChannelWriter(channel, () => core.nextLine())
  let timer: Disposable | undefined
  let isClosed = false

  const turn = (input: QgaClientInput): void => {
    if (isClosed) return
    core.step(clock.now(), input)
    // An effect may make the next call at once.
    for (const effect of core.drain()) onEffect(effect)
    writer.pump()
    timer?.[Symbol.dispose]()
    timer = clock.wakeAt(core.deadline(), () => turn({ type: 'wake' }))
  }
  channel.begin({
    onPeer(isThere) {
      writer.meet(isThere)
      onConnected?.(isThere)
      turn({ type: 'peer', isThere })
    },
    onBytes: (bytes) => turn({ type: 'bytes', bytes }),
    onRoom() {
      writer.makeRoom()
      turn({ type: 'wake' })
    },
    onTrouble: (error) => onChannelTrouble?.(error),
  })
  return {
    call: (call) => turn({ type: 'call', call }),
    [Symbol.asyncDispose]() {
      turn({ type: 'peer', isThere: false })
      isClosed = true
      timer?.[Symbol.dispose]()
      return Promise.resolve()
    },
  }
}
