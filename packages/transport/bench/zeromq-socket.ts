/** A socket of zeromq.js as a process: the publisher or the subscriber. */
import { Publisher, Subscriber } from 'zeromq'
import { serve, Tally, tallyOrders } from '@flotilla/core/testing/node'

const payload = Buffer.alloc(256)
const publications = new Tally()
let publisher: Publisher

async function bind(): Promise<string> {
  // With a limit it drops, or fails where it is told not to; without one, all of a round waits in memory at the most.
  publisher = new Publisher({ linger: 0, sendHighWaterMark: 0 })
  await publisher.bind('tcp://127.0.0.1:*')
  return publisher.lastEndpoint ?? ''
}

function subscribe(endpoint: string): void {
  const subscriber = new Subscriber({ linger: 0, receiveHighWaterMark: 0 })
  subscriber.connect(endpoint)
  subscriber.subscribe('')
  const take = async (): Promise<void> => {
    for await (const _parts of subscriber) publications.add(1)
  }
  void take()
}

async function publish(count: number): Promise<void> {
  for (let sent = 0; sent < count; sent++) await publisher.send(payload)
}

serve({ bind, subscribe, publish, ...tallyOrders(publications) })
