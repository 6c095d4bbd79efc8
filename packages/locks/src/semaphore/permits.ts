import { acquire, busyError, type Busy, type ClientWorld } from '../holding/acquisition.ts'
import { LossSignal } from '../holding/loss-signal.ts'
import { wrongRequest } from '../session/errors.ts'
import { Claim } from '../session/claim.ts'
import type { Permit, PermitOptions, Semaphore, SemaphoreOptions } from './semaphore.ts'

export function semaphore(world: ClientWorld, key: string, { capacity }: SemaphoreOptions): Semaphore {
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    throw wrongRequest(`${capacity} is no capacity of a semaphore`, 'use a whole number from 1 on')
  }
  const ask = (options: PermitOptions): Promise<Claim | Busy> => {
    const { permits = 1, wait = true } = options
    if (!Number.isSafeInteger(permits) || permits < 1 || permits > capacity) {
      throw wrongRequest(
        `${permits} permits can never be granted by ${JSON.stringify(key)}, which has ${capacity}`,
        `ask for 1 to ${capacity}`,
      )
    }
    return acquire(world, { key, mode: 'permits', owner: undefined, wait, permits, capacity }, options)
  }
  return {
    key,
    capacity,
    async acquire(options = {}) {
      const got = await ask(options)
      if (got instanceof Claim) return permitOf(got)
      throw busyError(key, got)
    },
    async tryAcquire(options = {}) {
      const got = await ask({ ...options, wait: false })
      return got instanceof Claim ? permitOf(got) : undefined
    },
  }
}

function permitOf(claim: Claim): Permit {
  const loss = new LossSignal()
  claim.onOver = (why) => loss.lose(why)
  return {
    key: claim.wish.key,
    permits: claim.wish.permits ?? 1,
    get token() {
      return claim.token
    },
    get held() {
      return claim.isHeld
    },
    get signal() {
      return loss.signal
    },
    release: () => claim.release(),
    async [Symbol.asyncDispose]() {
      await claim.release()
    },
  }
}
