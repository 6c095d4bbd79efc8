import type { Peer, Running } from '@flotilla/core/testing'
import { startChild } from './child-process.ts'
import { withVersion } from './installed-version.ts'

async function zeromqPublications(): Promise<Running> {
  const [near, far] = [await startChild('zeromq-socket.ts'), await startChild('zeromq-socket.ts')]
  const endpoint = await near.ask('bind')
  await far.ask('subscribe', endpoint)
  // Whoever subscribes is not there at once: publish until it hears.
  const heard = far.ask('expectPublications', 1)
  const hears = heard.then(() => true)
  while (!(await Promise.race([hears, near.ask('publish', 1).then(() => false)])));
  return {
    async work(count) {
      const received = far.ask('expectPublications', count)
      await near.ask('publish', count)
      await received
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
  settings: 'a publisher that waits instead of dropping (noDrop), and else with its defaults, no encryption',
  start: zeromqPublications,
}
