import type { CallOptions } from '@flotilla/raft'
import { acquire, busyError, type ClientWorld } from '../holding/acquisition.ts'
import { LossSignal } from '../holding/loss-signal.ts'
import type { LockHolder, LockState } from '../locks.ts'
import { Claim } from '../session/claim.ts'
import { lockReleased } from '../session/errors.ts'
import { patienceOf } from '../patience.ts'
import type { Election, Leadership } from './election.ts'

/** How an election sees its key. */
export interface ElectionView {
  inspect(key: string, options: CallOptions): Promise<LockState>
  watch<Value>(
    key: string,
    look: (state: LockState) => Value,
    options: { readonly signal?: AbortSignal },
  ): AsyncIterable<Value>
}

/** An election is an exclusive lock whose holder says something to those who look. */
export function election(world: ClientWorld, view: ElectionView, key: string): Election {
  return {
    key,
    async campaign(options = {}) {
      const { value } = options
      const wish = { key, mode: 'exclusive', owner: undefined, wait: true, value } as const
      const got = await acquire(world, wish, options)
      if (got instanceof Claim) return leadershipOf(world, got)
      throw busyError(key, got)
    },
    leader: async (options = {}) => leaderOf(await view.inspect(key, options)),
    observe: (options = {}) => view.watch(key, leaderOf, options),
  }
}

function leaderOf({ holders }: LockState): LockHolder | undefined {
  return holders.find(({ mode }) => mode === 'exclusive')
}

function leadershipOf(world: ClientWorld, claim: Claim): Leadership {
  const { key } = claim.wish
  const loss = new LossSignal()
  claim.onOver = (why) => loss.lose(why)
  return {
    key,
    get token() {
      return claim.token
    },
    get held() {
      return claim.isHeld
    },
    get signal() {
      return loss.signal
    },
    async proclaim(value, options = {}) {
      using patience = patienceOf(world.clock, key, options)
      const { session, request } = claim
      if (claim.isHeld) {
        const result = await session.ask(
          { type: 'set-value', session: session.id, request, value },
          { signal: patience.signal },
        )
        if (result.type === 'value-set') return
      }
      throw loss.why ?? lockReleased(key)
    },
    resign: () => claim.release(),
    async [Symbol.asyncDispose]() {
      await claim.release()
    },
  }
}
