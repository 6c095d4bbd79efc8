import { ProtocolError } from '@flotilla/core/errors'
import type { MachineKind, StateMachine } from '../state-machine.ts'
import { counterCodecs, counterKind, type Add, type Ask, type Sum } from './counter-machine.ts'

export interface Ballast {
  readonly pieces: number
  readonly pieceBytes: number
  /** What loading waits for. */
  readonly loading?: () => Promise<void>
}

const filling = 7

/** A counter whose snapshots are as heavy as told, and notice any byte of that which is another one. */
export function heavyKind(ballast: Ballast): MachineKind<Add, Sum, Ask, Sum> {
  const light = counterKind()
  return {
    version: light.version,
    create: () => heavy(light.create(), ballast),
    async restore(pieces, version) {
      const all: number[] = []
      for await (const piece of pieces) for (const byte of piece) all.push(byte)
      const length = all[0] ?? 0
      if (all.length !== 1 + length + ballast.pieces * ballast.pieceBytes) {
        throw new ProtocolError('malformed', `the ballast is of the wrong length ${all.length}`)
      }
      if (all.slice(1 + length).some((byte) => byte !== filling))
        throw new ProtocolError('malformed', 'it is not whole')
      await ballast.loading?.()
      const core = (async function* (): AsyncGenerator<Uint8Array> {
        yield Uint8Array.from(all.slice(1, 1 + length))
      })()
      return heavy(await light.restore(core, version), ballast)
    },
  }
}

function heavy(counter: StateMachine<Add, Sum, Ask, Sum>, ballast: Ballast): StateMachine<Add, Sum, Ask, Sum> {
  return {
    codecs: counterCodecs,
    apply: (command, context) => counter.apply(command, context),
    query: (query, context) => counter.query(query, context),
    snapshot(version) {
      const [own = new Uint8Array(0)] = counter.snapshot(version)
      return withBallast(Uint8Array.of(own.length, ...own), ballast)
    },
  }
}

function* withBallast(first: Uint8Array, { pieces, pieceBytes }: Ballast): Generator<Uint8Array> {
  yield first
  for (let piece = 0; piece < pieces; piece++) yield new Uint8Array(pieceBytes).fill(filling)
}
