import { repeat, type Host } from '@flotilla/sim'
import type { WallChannel } from '../../src/index.ts'
import type { Estate } from './estate.ts'
import type { Machine } from './machine.ts'
import { pieceBytesMax } from './settings.ts'

const text = new TextEncoder()
const idsTriedMax = 40

/** One life of whoever has taken over a machine: it floods, lies and mumbles, until everything is mended. */
export function liveAsHostile(estate: Estate, machine: Machine, host: Host): Promise<AsyncDisposable> {
  const { clock, random } = host
  const stack = new AsyncDisposableStack()
  for (const dialect of machine.hasQga ? (['own', 'qga'] as const) : (['own'] as const)) {
    const channel = machine.wall(dialect, clock).renew('guest', clock)
    const liar = new Liar(channel, host)
    const favourite = random.below(random.chance(1, 2) ? 2 : acts.length)
    const acting = repeat(host, {
      pauseMs: [5, 200],
      act: () => {
        if (estate.world.isMended()) return Promise.resolve()
        const act = acts[random.chance(1, 2) ? favourite : random.below(acts.length)]
        act?.(liar)
        return Promise.resolve()
      },
    })
    stack.use(channel)
    stack.use(acting)
  }
  return Promise.resolve(stack)
}

/** Knows what it heard, so that its lies look like the truth. */
class Liar {
  readonly channel: WallChannel
  readonly host: Host
  nonce = ''
  session = ''

  constructor(channel: WallChannel, host: Host) {
    this.channel = channel
    this.host = host
    channel.begin({
      onPeer: () => {},
      onBytes: (bytes) => {
        const nonce = /"host":"(?<nonce>[0-9a-f]+)"/.exec(new TextDecoder().decode(bytes))?.groups?.['nonce']
        if (nonce !== undefined) this.nonce = nonce
      },
      onRoom: () => {},
      onTrouble: () => {},
    })
  }

  say(line: object): void {
    this.channel.write(text.encode(`${JSON.stringify(line)}\n`))
  }
}

const acts: readonly ((liar: Liar) => void)[] = [
  function flood({ channel }) {
    channel.write(new Uint8Array(pieceBytesMax).fill(0x0a))
  },
  function mumble({ channel }) {
    channel.write(new Uint8Array(pieceBytesMax).fill(0x78))
  },
  function spoutGarbage({ channel, host: { random } }) {
    channel.write(random.bytes(random.below(2_000)))
  },
  function pretend(liar) {
    const { random } = liar.host
    liar.session = 'ab'.repeat(16)
    liar.say({ type: 'welcome', version: 1, host: liar.nonce, session: liar.session, isSealed: random.chance(1, 4) })
    const commands = ['ping', 'info', 'process.list', 'unsafe.exec']
    const numbers = { concurrentMax: 8, queuedMax: 64, lineBytesMax: 65_536, intervalMs: 1_000 }
    const about = { guest: 'z'.repeat(300), agentVersion: '9', commands, ...numbers, detail: 'brief' }
    liar.say({ type: 'about', session: liar.session, about })
  },
  function answerEverything(liar) {
    const { session } = liar
    for (let id = 1; id <= idsTriedMax; id++) {
      const outcome = { type: 'done', value: { ticket: id, vm: 'a', processes: [{}], matching: 9, total: 1e9 } }
      liar.say({ type: 'progress', session, id, dropped: 0, note: 'n' })
      liar.say({ type: 'result', session, id, dropped: 0, outcome })
    }
  },
  function boast(liar) {
    const figures = { system: { wallMs: 1, bootId: 'b'.repeat(5_000), problems: [] } }
    for (let number = 1; number < 20; number++) {
      liar.say({ type: 'metrics', session: liar.session, number, detail: 'full', figures })
    }
  },
  function answerInQga(liar) {
    const { random } = liar.host
    liar.say({ return: random.pick([random.below(1_000), {}, [], { version: 'x'.repeat(1_000) }]) })
  },
  function fallSilent() {},
]
