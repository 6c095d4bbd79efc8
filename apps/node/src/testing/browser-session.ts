import type { ReadyDaemon } from './daemon-process.ts'

/** What a browser has after it has logged in. */
export interface BrowserSession {
  /** As the header `Cookie`. */
  readonly cookie: string
  /** As it was set. */
  readonly setCookie: string
  readonly secret: string
  /** As the page sends them where it changes something. */
  readonly headers: Readonly<Record<string, string>>
}

/** Opens the address that a daemon prints, as a browser would; it can be done once. */
export async function openPage({ origin, pageUrl }: Pick<ReadyDaemon, 'origin' | 'pageUrl'>): Promise<BrowserSession> {
  const code = new URL(pageUrl).hash.replace('#code=', '')
  return await logIn(origin, { code })
}

async function logIn(origin: string, document: object): Promise<BrowserSession> {
  const headers = { 'content-type': 'application/json', origin }
  const response = await fetch(`${origin}/v1/login`, { method: 'POST', body: JSON.stringify(document), headers })
  const answer = (await response.json()) as { readonly secret?: string }
  if (answer.secret === undefined) throw new Error(`the login was answered with ${JSON.stringify(answer)}`)
  const setCookie = response.headers.get('set-cookie') ?? ''
  const cookie = setCookie.split(';')[0] ?? ''
  const { secret } = answer
  return { cookie, setCookie, secret, headers: { ...headers, cookie, 'x-flotilla-session': secret } }
}
