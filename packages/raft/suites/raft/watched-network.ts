import type { NodeId } from '@flotilla/core/ids'
import type { Channel, Network } from '@flotilla/core/network'
import type { Message } from '../../src/messages.ts'
import type { GroupName } from '../../src/types.ts'
import { noticeKinds } from '../../src/wire/notice-kind.ts'
import { readParcel } from '../../src/wire/parcel.ts'

/** A network on which somebody reads what members say to each other about one group, as it leaves. */
export function watchedNetwork(
  inner: Network,
  group: GroupName,
  says: (to: NodeId, message: Message) => void,
): Network {
  const listen = (to: NodeId, payload: Uint8Array): void => {
    if (payload[0] !== noticeKinds.parcel) return
    for (const parcelled of readParcel(payload)) if (parcelled.group === group) says(to, parcelled.message)
  }
  return {
    self: inner.self,
    limits: inner.limits,
    peers: () => inner.peers(),
    open: (name, handlers) => watchedChannel(inner.open(name, handlers), listen),
  }
}

function watchedChannel(inner: Channel, listen: (to: NodeId, payload: Uint8Array) => void): Channel {
  return {
    notify(to, payload) {
      listen(to, payload)
      return inner.notify(to, payload)
    },
    publish: (topic, payload) => inner.publish(topic, payload),
    subscribe: (topic, take) => inner.subscribe(topic, take),
    request: (to, payload, options) => inner.request(to, payload, options),
    openStream: (to, options) => inner.openStream(to, options),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
}
