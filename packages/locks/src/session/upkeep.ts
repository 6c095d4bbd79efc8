import { sleep } from '@flotilla/core/time'
import type { RequestView } from '../machine/index.ts'
import { backoffOf, persist } from './persistence.ts'
import type { Claimant, Session } from './session.ts'

/** Does what a session needs done in the background, until it ends. Nothing here rejects. */
export function keepUp(session: Session): void {
  const works = [whileNeeded(session, isOwing, payOwed), whileNeeded(session, isWaiting, askHowThingsStand)]
  session.onWork = () => works.forEach((begin) => begin())
  const renewing = renew(session)
  renewing.catch((error: unknown) => tellUnlessOver(session, error, 'renewing the lease of a lock session has ended'))
}

function tellUnlessOver(session: Session, error: unknown, message: string): void {
  if (!session.ended.aborted) session.world.logger.error({ err: error }, message)
}

async function renew(session: Session): Promise<void> {
  const { clock, group, ttlMs, logger } = session.world
  const pauses = backoffOf(session.world)
  const signal = session.ended
  while (session.isAlive) {
    const waitMs = Math.max(session.lease.renewAt - clock.now(), pauses.attempts > 0 ? pauses.nextMs() : 0)
    await sleep(clock, waitMs, { signal })
    const sentAt = clock.now()
    try {
      const result = await group.run(
        { type: 'renew', session: session.id },
        { signal, timeoutMs: Math.ceil(ttlMs / 3) },
      )
      if (result.type === 'session-expired') return session.expire()
      session.renewed(sentAt)
      pauses.reset()
    } catch (error) {
      if (signal.aborted) return
      logger.debug({ err: error }, 'the lease of a lock session was not renewed, and will be tried again')
      pauses.nextMs()
    }
  }
}

/** Begins the work when it is needed and not under way, and does it again until it is not needed any more. */
function whileNeeded(
  session: Session,
  isNeeded: (session: Session) => boolean,
  work: (session: Session) => Promise<void>,
): () => void {
  let isUnderWay = false
  const live = async (): Promise<void> => {
    const pauses = backoffOf(session.world)
    isUnderWay = true
    while (session.isAlive && isNeeded(session)) {
      try {
        await work(session)
        pauses.reset()
      } catch (error) {
        tellUnlessOver(session, error, 'the upkeep of a lock session has failed, and will be tried again')
        await sleep(session.world.clock, pauses.nextMs(), { signal: session.ended }).catch(() => undefined)
      }
    }
    isUnderWay = false
  }
  return () => {
    if (!isUnderWay && isNeeded(session)) void live()
  }
}

function isOwing(session: Session): boolean {
  return session.owed.size > 0
}

/** Tells the service what it does not know yet; of all that is owed, what has waited longest. */
async function payOwed(session: Session): Promise<void> {
  const [first] = session.owed
  if (first === undefined) return
  const [about, owed] = first
  const result = await session.ask(owed.command)
  await owed.onPaid(result)
  if (session.owed.get(about) === owed) session.paid(about)
}

function isWaiting(session: Session): boolean {
  for (const claimant of session.claimants.values()) if (claimant.isWaiting) return true
  return false
}

/** Events may be lost with a connection or a leader, so whoever waits asks now and then. */
async function askHowThingsStand(session: Session): Promise<void> {
  const { clock, group, limits } = session.world
  const signal = session.ended
  await sleep(clock, limits.askAgainMs, { signal })
  // Those who begin to wait while the question is under way may be missing in the answer.
  const waiting = [...session.claimants].filter(([, claimant]) => claimant.isWaiting)
  if (waiting.length === 0) return
  const once = () =>
    group.read({ type: 'session', session: session.id }, { signal, timeoutMs: limits.attemptTimeoutMs })
  const answer = await persist(session.world, once, signal)
  if (!session.isAlive) return
  if (answer.type === 'session-expired') return session.expire()
  if (answer.type !== 'session') return
  const views = new Map(answer.found.requests.map((view) => [view.request, view]))
  for (const [request, claimant] of waiting) tell(claimant, views.get(request))
}

function tell(claimant: Claimant, view: RequestView | undefined): void {
  if (!claimant.isWaiting) return
  if (view === undefined) return claimant.askAgain()
  if (view.state === 'granted') claimant.granted(view.token)
}
