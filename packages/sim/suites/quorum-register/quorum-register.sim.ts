import { allFaults, repeat, type Host, type HostSpec, type Suite } from '@flotilla/sim'
import { HistoryRecorder, register, violationOf, type RegisterInput, type RegisterOutput } from '@flotilla/sim/history'
import { registerClient, type RegisterClient } from './client.ts'
import { startServer } from './server.ts'

type History = HistoryRecorder<RegisterInput, RegisterOutput>

const servers = ['s1', 's2', 's3']
const clients = ['ann', 'bob', 'cid']

/**
 * A register that is right: it shows that the simulator does not invent failures, under all that it claims to survive.
 */
export const suite: Suite = {
  name: 'quorum-register',
  summary: 'A majority register (ABD) on three servers stays linearizable under every fault but a lying disk.',
  faults: allFaults.filter((kind) => kind !== 'sync-failures' && kind !== 'bit-rot'),
  safetyMs: 20_000,
  begin(world) {
    const history: History = new HistoryRecorder({ nowMs: () => world.nowMs() })
    const answeredSinceMended = new Set<string>()
    const client = async (host: Host): Promise<AsyncDisposable> => {
      const channel = host.network.open('quorum-register', {})
      const registers = registerClient(
        channel,
        servers.map((name) => world.idOf(name)),
        host.name,
      )
      return repeat(host, {
        pauseMs: [1, 400],
        async act() {
          const answer = await operate(history, registers, host)
          if (answer !== undefined && world.isMended()) answeredSinceMended.add(host.name)
        },
      })
    }
    return {
      hosts: [
        ...servers.map((name): HostSpec => ({ name, start: startServer })),
        ...clients.map((name): HostSpec => ({ name, mortal: false, start: client })),
      ],
      invariants: [],
      progress: [
        {
          sentence: 'Once everything is mended, every client gets an answer.',
          seen: () => answeredSinceMended.size === clients.length,
        },
      ],
      finish: () => violationOf(register, history.operations()),
    }
  },
}

async function operate(history: History, registers: RegisterClient, host: Host): Promise<RegisterOutput | undefined> {
  if (host.random.chance(1, 2)) {
    return history.record(host.name, { type: 'read', key: 'x' }, () => registers.read())
  }
  const value = host.random.u32()
  return history.record(host.name, { type: 'write', key: 'x', value }, async () => {
    await registers.write(value)
    return null
  })
}
