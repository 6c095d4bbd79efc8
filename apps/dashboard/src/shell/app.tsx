import { useEffect, useMemo, useState } from 'preact/hooks'
import type { VNode } from 'preact'
import type { ApiFailure } from '../api/api-failure.ts'
import { failureOf } from '../api/api-failure.ts'
import { NodeApi } from '../api/node-api.ts'
import { SessionSecret, type Session } from '../api/session.ts'
import { pageLimitsDefaults } from '../limits.ts'
import { LiveStore } from '../live/live-store.ts'
import { LoginPage } from '../login/login-page.tsx'
import { PageClock } from '../parts/page-clock.ts'
import { Frame } from './frame.tsx'
import { PageContext } from './page-context.ts'
import { StartFailure } from './start-failure.tsx'

type Stage =
  | { readonly type: 'asking' }
  | { readonly type: 'failed'; readonly failure: ApiFailure }
  | { readonly type: 'login'; readonly failure?: ApiFailure }
  | { readonly type: 'open'; readonly session: Session }

const clockTickMs = 5_000

/** Who asks decides what there is: the way in, or the page. */
export function App(): VNode | undefined {
  const [stage, setStage] = useState<Stage>({ type: 'asking' })
  const secret = useMemo(() => new SessionSecret(), [])
  const clock = useMemo(() => new PageClock(clockTickMs), [])
  const api = useMemo(() => {
    const onSessionOver = (failure: ApiFailure): void => {
      setStage((before) => (before.type === 'open' ? { type: 'login', failure } : before))
    }
    return new NodeApi({ secret: () => secret.get(), onSessionOver })
  }, [secret])
  const look = async (): Promise<void> => {
    setStage({ type: 'asking' })
    setStage(await stageNow(api, secret))
  }
  useEffect(() => void look(), [])
  if (stage.type === 'asking') return undefined
  if (stage.type === 'failed') return <StartFailure failure={stage.failure} onRetry={() => void look()} />
  if (stage.type === 'login') {
    const onLogin = (session: Session, given: string): void => {
      secret.set(given)
      setStage({ type: 'open', session })
    }
    return <LoginPage api={api} onLogin={onLogin} {...(stage.failure === undefined ? {} : { over: stage.failure })} />
  }
  const onLogout = async (): Promise<void> => {
    await api.post('/v1/logout', {}).catch(() => {})
    secret.set(undefined)
    setStage({ type: 'login' })
  }
  return <Open key={stage.session.name} api={api} clock={clock} session={stage.session} onLogout={onLogout} />
}

/** A code in the address is for a new session, whoever was here before. */
async function stageNow(api: NodeApi, secret: SessionSecret): Promise<Stage> {
  if (location.pathname === '/login') return { type: 'login' }
  if (secret.get() === undefined) return { type: 'login' }
  try {
    return { type: 'open', session: await api.ask<Session>('/v1/session') }
  } catch (error) {
    const failure = failureOf(error)
    return failure.isSessionOver ? { type: 'login', failure } : { type: 'failed', failure }
  }
}

interface OpenProps {
  readonly api: NodeApi
  readonly clock: PageClock
  readonly session: Session
  readonly onLogout: () => Promise<void>
}

function Open({ api, clock, session, onLogout }: OpenProps): VNode {
  const live = useMemo(() => {
    const open = (topics: readonly string[], signal: AbortSignal): AsyncIterable<unknown> =>
      api.events(`/v1/live?${new URLSearchParams({ topics: topics.join(',') })}`, { signal })
    return new LiveStore({ open, now: () => clock.nowMs(), chance: () => Math.random() })
  }, [api, clock])
  useEffect(() => {
    const stop = pauseWhenUnseen(live)
    return () => {
      stop()
      live.close()
    }
  }, [live])
  const page = useMemo(() => ({ api, live, clock, session }), [api, live, clock, session])
  return (
    <PageContext.Provider value={page}>
      <Frame onLogout={onLogout} />
    </PageContext.Provider>
  )
}

/** A page in the background lets go of the node after a while, and comes back when somebody looks at it. */
function pauseWhenUnseen(live: LiveStore): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const look = (): void => {
    clearTimeout(timer)
    if (document.hidden) timer = setTimeout(() => live.pause(true), pageLimitsDefaults.unseenMsMax)
    else live.pause(false)
  }
  document.addEventListener('visibilitychange', look)
  return () => {
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', look)
  }
}
