import type { NodeId } from '@flotilla/core/ids'
import type { Host } from '@flotilla/sim'
import type { Address } from '../../src/address.ts'
import type { DatagramHandlers, Datagrams } from '../../src/ports.ts'

/** Who has which address at the moment. */
export class AddressBook {
  readonly #owners = new Map<string, NodeId>()
  readonly #addresses = new Map<NodeId, Address>()

  /** Its former address is nobody's from now on. */
  settle(id: NodeId, address: Address): void {
    const former = this.#addresses.get(id)
    if (former !== undefined) this.#owners.delete(keyOf(former))
    this.#owners.set(keyOf(address), id)
    this.#addresses.set(id, address)
  }

  ownerOf(address: Address): NodeId | undefined {
    return this.#owners.get(keyOf(address))
  }

  addressOf(id: NodeId): Address | undefined {
    return this.#addresses.get(id)
  }
}

/** Datagrams as notices of the simulated network, which loses, doubles, reorders and cuts them. */
export function simulatedDatagrams(host: Host, book: AddressBook, own: Address): Datagrams {
  book.settle(host.id, own)
  let handlers: DatagramHandlers | undefined
  const channel = host.network.open('datagrams', {
    notice(from, payload) {
      const address = book.addressOf(from)
      if (address !== undefined) handlers?.received(address, payload)
    },
  })
  return {
    addresses: () => [own],
    send(to, bytes) {
      const id = book.ownerOf(to)
      if (id !== undefined) channel.notify(id, bytes)
    },
    announce(bytes) {
      for (const peer of host.network.peers()) channel.notify(peer, bytes)
    },
    start(given) {
      handlers = given
    },
    [Symbol.asyncDispose]: () => channel[Symbol.asyncDispose](),
  }
}

function keyOf({ host, port }: Address): string {
  return `${host} ${port}`
}
