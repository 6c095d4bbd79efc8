import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { failureOf, type ApiFailure } from '../api/api-failure.ts'
import type { NodeApi } from '../api/node-api.ts'
import type { Session } from '../api/session.ts'
import { formText } from '../parts/form-text.ts'
import { Logo } from '../parts/logo.tsx'
import { FailureNotice } from '../parts/notice.tsx'

interface LoginPageProps {
  readonly api: NodeApi
  /** Why somebody who was in has to log in again. */
  readonly over?: ApiFailure
  readonly onLogin: (session: Session, secret: string) => void
}

type Attempt = { readonly code: string } | { readonly name: string; readonly password: string }

/** The way in: with a code of an address that the node has printed, or with a name and a password. */
export function LoginPage({ api, over, onLogin }: LoginPageProps): VNode {
  const [failure, setFailure] = useState(over)
  const [isAsking, setAsking] = useState(false)
  const heading = useRef<HTMLHeadingElement>(null)
  const logIn = async (attempt: Attempt): Promise<void> => {
    setAsking(true)
    try {
      const { secret, ...session } = await api.post<Session & { readonly secret: string }>('/v1/login', attempt)
      if (location.pathname !== '/') history.replaceState(null, '', '/#/')
      onLogin(session, secret)
    } catch (error) {
      setFailure(failureOf(error))
      setAsking(false)
    }
  }
  useEffect(() => {
    document.title = 'Log in · Flotilla'
    const code = takenCode()
    if (code === undefined) heading.current?.focus()
    else void logIn({ code })
  }, [])
  return (
    <main class="alone">
      <Logo size={48} />
      <h1 ref={heading} tabIndex={-1}>
        Log in to Flotilla
      </h1>
      <div role="alert">
        <FailureNotice failure={failure} />
      </div>
      <LoginForm isAsking={isAsking} onLogin={(attempt) => void logIn(attempt)} />
      <p class="quiet">
        Without a password: <code>flotilla open</code>, on the machine of the node, opens this page with a code that is
        good for one time.
      </p>
    </main>
  )
}

interface LoginFormProps {
  readonly isAsking: boolean
  readonly onLogin: (attempt: Attempt) => void
}

function LoginForm({ isAsking, onLogin }: LoginFormProps): VNode {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    onLogin({ name: formText(form, 'name'), password: formText(form, 'password') })
  }
  return (
    <form class="card form" onSubmit={submit}>
      <label>
        Name
        <input name="name" autocomplete="username" autocapitalize="none" spellcheck={false} required />
      </label>
      <label>
        Password
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      <button type="submit" class="primary" disabled={isAsking}>
        {isAsking ? 'Logging in…' : 'Log in'}
      </button>
    </form>
  )
}

/** The code of the address, which leaves it at once, and with it what the browser remembers. */
function takenCode(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (code === null) return undefined
  history.replaceState(null, '', location.pathname)
  return code
}
