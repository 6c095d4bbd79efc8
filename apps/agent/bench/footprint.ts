/*
 * What our agent and the original take in an emulated guest: `node bench/footprint.ts [SECONDS]`. With a host at both
 * ports, and with none; wake-ups are voluntary context switches of all threads.
 */
import { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { talkToGuest } from '@flotilla/virtio-agent'
import { nodePacking, socketChannel } from '@flotilla/virtio-agent/node'
import { AgentInGuest, type Contestant } from './contestant.ts'

const seconds = Number(process.argv[2] ?? 60)

async function measure(contestant: Contestant): Promise<void> {
  await using agent = await AgentInGuest.boot(contestant)
  await agent.start()
  {
    await using host = await agent.host()
    const clock = nodeClock()
    const place = { path: agent.guest.ownSocket }
    await using channel = socketChannel({ place, role: 'connect', clock, prng: new Prng(1) })
    let pushes = 0
    await using _ = talkToGuest({
      channel,
      clock,
      entropy: nodeEntropy(),
      packing: nodePacking(),
      onEffect: ({ type }) => (type === 'metrics' ? pushes++ : undefined),
    })
    await host.ask('guest-info')
    await settle(agent)
    await report(agent, `${contestant}, with a host`)
    process.stdout.write(`    metrics that came meanwhile: ${pushes}\n`)
  }
  await settle(agent)
  await report(agent, `${contestant}, without a host`)
}

async function settle(agent: AgentInGuest): Promise<void> {
  await agent.guest.run('sleep 5')
}

async function report(agent: AgentInGuest, what: string): Promise<void> {
  const before = await agent.footprint()
  await agent.guest.run(`sleep ${seconds}`)
  const after = await agent.footprint()
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
  const parts = [
    `${mebibytes(after.residentBytes)} resident`,
    `${mebibytes(after.privateBytes)} of its own`,
    `${((after.wakeups - before.wakeups) / seconds).toFixed(2)} wake-ups a second`,
    `${((after.processorMs - before.processorMs) / seconds / 10).toFixed(3)} % of a processor`,
  ]
  process.stdout.write(`${what}: ${parts.join(', ')}\n`)
}

await measure('ours')
await measure('qemu-ga')
