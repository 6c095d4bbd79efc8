import type { Peer, Running } from '@flotilla/core/testing'
import { startChild } from '@flotilla/core/testing/node'
import { withVersion } from './installed-version.ts'

async function zeromqPublications(): Promise<Running> {
  const [near, far] = [
    await startChild(new URL('zeromq-socket.ts', import.meta.url)),
    await startChild(new URL('zeromq-socket.ts', import.meta.url)),
  ]
  const endpoint = await near.ask('bind')
  await far.ask('subscribe', endpoint)
  // Whoever subscribes is not there at once: publish until it hears.
  await far.ask('arm', 1)
  const heard = far.ask('reached').then(() => true)
  while (!(await Promise.race([heard, near.ask('publish', 1).then(() => false)])));
  return {
    async work(count) {
      await far.ask('arm', count)
      await near.ask('publish', count)
      await far.ask('reached')
      return count
    },
    async stop() {
      await near.stop()
      await far.stop()
    },
  }
}

/** Publisher and subscriber in a process each, over TCP, without encryption. */
export const zeromqPeer: Peer = {
  name: withVersion('zeromq'),
  settings: 'queues without a limit on both sides, so that nothing is dropped, and else its defaults, no encryption',
  start: zeromqPublications,
}
