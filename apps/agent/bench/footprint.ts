/*
 * What our agent and the original take in an emulated guest: `node bench/footprint.ts [SECONDS [WHO]]`, where WHO is
 * `ours` or `qemu-ga`, or both. With a host at both ports, and with none; wake-ups are voluntary context switches of
 * all threads.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { AgentInGuest, type Contestant } from './contestant.ts'
import { OwnHostOfGuest } from './own-host.ts'

const settleMs = 5_000
const secondsDefault = 60
const [seconds = secondsDefault] = process.argv.slice(2, 3).map(Number)
const who = process.argv[3]
const contestants = (['ours', 'qemu-ga'] as const).filter((name) => who === undefined || who === name)

async function measure(contestant: Contestant): Promise<void> {
  await using agent = await AgentInGuest.boot(contestant)
  const begun = performance.now()
  await agent.start()
  {
    await using own = contestant === 'ours' ? OwnHostOfGuest.meet(agent.guest) : undefined
    if (own !== undefined) {
      const tookMs = (await own.firstMetricsAt) - begun
      say(`${contestant}: ${tookMs.toFixed(0)} ms from its start to its first metrics`)
    }
    await using host = await agent.host()
    await host.ask('guest-info')
    await report(agent, `${contestant}, with a host`)
    if (own !== undefined) say(`    metrics that came: ${own.metrics}`)
  }
  await report(agent, `${contestant}, without a host`)
}

async function report(agent: AgentInGuest, what: string): Promise<void> {
  await delay(settleMs)
  const before = await agent.footprint()
  const from = performance.now()
  // We sleep, and not the guest's shell, which would have to answer in time.
  await delay(seconds * 1_000)
  const after = await agent.footprint()
  const took = (performance.now() - from) / 1_000
  const parts = [
    `${megabytes(after.residentBytes)} resident`,
    `${megabytes(after.privateBytes)} of its own`,
    `${((after.wakeups - before.wakeups) / took).toFixed(2)} wake-ups a second`,
    `${((after.processorMs - before.processorMs) / took / 10).toFixed(3)} % of a processor in ${took.toFixed(0)} s`,
  ]
  say(`${what}: ${parts.join(', ')}`)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB (${(bytes / 2 ** 20).toFixed(1)} MiB)`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

for (const contestant of contestants) await measure(contestant)
