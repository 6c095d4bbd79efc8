import { FlotillaError, unreachable } from '@flotilla/core/errors'
import { repeat, type Host } from '@flotilla/sim'
import type { RegisterInput, RegisterOutput } from '@flotilla/sim/history'
import type { Replicated } from '../../src/group.ts'
import type { RegisterCommand } from './registers.ts'
import type { Town } from './town.ts'

type Client = Replicated<RegisterCommand, boolean, string, number | null>

const keys = ['x', 'y', 'z']

/** What says for certain that nothing happened; everything else may have happened, or happen still. */
const certain: ReadonlySet<string> = new Set(['no-leader', 'overloaded', 'deadline-exceeded', 'too-large'])

/** Reads and writes until it is disposed of, and has the history written down. */
export function workload(town: Town, host: Host, client: Client, pauseMs: readonly [number, number]): AsyncDisposable {
  // Each life is a client of its own, as nobody knows what became of what the last one asked.
  const name = `${host.name}.${host.incarnation}`
  return repeat(host, {
    pauseMs,
    async act() {
      const id = town.nextCommandId()
      if (id === undefined) return
      const input = draw(host, id)
      const operation = town.history.invoke(name, input)
      const isMended = town.world.isMended()
      try {
        const answer = await ask(host, client, input, id)
        town.history.complete(operation, answer)
        if (isMended) town.answered.add(host.name)
      } catch (error) {
        if (!(error instanceof FlotillaError)) throw error
        const { code } = error as FlotillaError
        if (code === 'unlucky') town.history.complete(operation, null)
        else if (certain.has(code)) town.history.fail(operation)
        else town.history.unknown(operation)
      }
    },
  })
}

function draw({ random }: Host, id: number): RegisterInput {
  const key = random.pick(keys)
  if (random.chance(1, 2)) return { type: 'read', key }
  if (random.chance(2, 3)) return { type: 'write', key, value: id }
  // Sometimes right, as values are the numbers of commands.
  return { type: 'compare-and-set', key, expected: Math.max(1, id - random.between(1, 6)), value: id }
}

async function ask(host: Host, client: Client, input: RegisterInput, id: number): Promise<RegisterOutput> {
  const timeoutMs = host.random.between(100, 3_000)
  switch (input.type) {
    case 'read':
      return client.read(input.key, { timeoutMs })
    case 'write':
      await client.run({ id, key: input.key, value: input.value as number, ...alarm(host) }, { timeoutMs })
      return null
    case 'compare-and-set':
      return client.run(
        { id, key: input.key, value: input.value as number, expected: input.expected as number },
        { timeoutMs },
      )
    default:
      return unreachable(input, 'operation')
  }
}

function alarm({ random }: Host): { readonly alarmMs?: number } {
  return random.chance(1, 5) ? { alarmMs: random.between(0, 500) } : {}
}
