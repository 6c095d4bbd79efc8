/**
 * A naive register with a primary and a backup, and a planted bug: the primary says yes before the backup has the
 * value, and a client that cannot reach the primary asks the backup. See it found:
 *
 *   pnpm sim primary-backup --seeds 1..20
 */
import { repeat, type HostSpec, type Suite, type WorldView } from '@flotilla/sim'
import { HistoryRecorder, register, violationOf, type RegisterInput, type RegisterOutput } from '@flotilla/sim/history'

type History = HistoryRecorder<RegisterInput, RegisterOutput>
type Request = { readonly type: 'read' } | { readonly type: 'write'; readonly value: number }

export const suite: Suite = {
  name: 'primary-backup',
  summary: 'A naive replicated register that loses acknowledged writes (a planted bug).',
  faults: ['loss', 'reordering', 'partitions', 'one-way-cuts'],
  begin(world) {
    const history: History = new HistoryRecorder({ nowMs: () => world.nowMs() })
    return {
      hosts: [
        server(world, 'primary'),
        server(world, 'backup'),
        client(world, history, 'ann'),
        client(world, history, 'bob'),
      ],
      invariants: [],
      progress: [{ sentence: 'Clients get answers.', seen: () => history.operations().length > 10 }],
      finish: () => violationOf(register, history.operations()),
    }
  },
}

function server(world: WorldView, name: 'primary' | 'backup'): HostSpec {
  return {
    name,
    start: async ({ network }) => {
      let stored: number | null = null
      const channel = network.open('register', {
        notice: (_from, bytes) => {
          stored = decode(bytes) as number
        },
        request: async ({ payload }) => {
          const request = decode(payload) as Request
          if (request.type === 'read') return encode(stored)
          stored = request.value
          // The bug: the answer does not wait until the backup has it.
          if (name === 'primary') channel.notify(world.idOf('backup'), encode(stored))
          return encode(null)
        },
      })
      return channel
    },
  }
}

function client(world: WorldView, history: History, name: string): HostSpec {
  return {
    name,
    mortal: false,
    start: async (host) => {
      const channel = host.network.open('register', {})
      const askOne = async (to: string, request: Request): Promise<RegisterOutput> =>
        decode(await channel.request(world.idOf(to), encode(request), { timeoutMs: 200 })) as RegisterOutput
      const ask = async (request: Request): Promise<RegisterOutput> => {
        try {
          return await askOne('primary', request)
        } catch {
          return await askOne('backup', request)
        }
      }
      return repeat(host, {
        pauseMs: [1, 100],
        act: async () => {
          const request: Request = host.random.chance(1, 2)
            ? { type: 'read' }
            : { type: 'write', value: host.random.u32() }
          await history.record(name, { key: 'x', ...request }, () => ask(request))
        },
      })
    },
  }
}

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const decode = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))
