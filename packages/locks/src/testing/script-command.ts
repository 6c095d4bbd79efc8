import type { LockCommand, ReleaseReason } from '../machine/commands.ts'
import type { LockRequest, LockSessionId, OwnerAge, OwnerName, ResourceName } from '../machine/ids.ts'

export interface ScriptSender {
  readonly client: string
  readonly session: LockSessionId
  /** The number that its next request gets, unless told. */
  readonly request: number
}

/** What one line of a golden script means: see `ScriptRunner`. */
export function commandOf(words: readonly string[], { client, session, request: next }: ScriptSender): LockCommand {
  const [verb = '', first = '', second = ''] = words
  const told = (name: string): string | undefined =>
    words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
  const owner = (words[words.indexOf('as') + 1] ?? 'main') as OwnerName
  const asking = {
    session,
    owner: words.includes('as') ? owner : ('main' as OwnerName),
    request: Number(told('request') ?? next) as LockRequest,
    resource: first as ResourceName,
    wait: !words.includes('nowait'),
    ...optionally('value', told('value')),
    ...optionally('age', told('age') === undefined ? undefined : (Number(told('age')) as OwnerAge)),
  }
  switch (verb) {
    case 'open':
      return {
        type: 'open-session',
        key: new TextEncoder().encode((told('key') ?? client).padEnd(16, '-')),
        name: client,
        ttlMs: Number(told('ttl') ?? 1_000),
        lockDelayMs: Number(told('delay') ?? 0),
      }
    case 'renew':
      return { type: 'renew', session }
    case 'close':
      return { type: 'close-session', session, orderly: !words.includes('disorderly') }
    case 'acquire': {
      return { type: 'acquire', ...asking, mode: second === 'shared' ? 'shared' : 'exclusive' }
    }
    case 'permits': {
      const [permits = 1, capacity = 1] = second.split('/').map(Number)
      return { type: 'acquire-permits', ...asking, permits, capacity }
    }
    case 'release': {
      const because: ReleaseReason = second === 'timeout' || second === 'abort' ? second : 'done'
      return { type: 'release', session, request: Number(first) as LockRequest, because }
    }
    case 'release-all': {
      const request = told('request')
      const unknown = optionally('request', request === undefined ? undefined : (Number(request) as LockRequest))
      return { type: 'release-all', session, owner: first as OwnerName, ...unknown }
    }
    case 'value':
      return { type: 'set-value', session, request: Number(first) as LockRequest, value: words.slice(2).join(' ') }
    default:
      throw new Error(`a golden script says ${words.join(' ')}, which means nothing`)
  }
}

function optionally<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value }
}
