import { FlotillaError, unreachable } from '@flotilla/core/errors'
import { lockEventCodec } from '../machine/codecs.ts'
import type { LockCommand, LockEvent, LockParty, LockResult } from '../machine/commands.ts'
import { cycleText } from '../machine/deadlocks.ts'
import type { LockSessionId, ResourceName } from '../machine/ids.ts'
import type { LockMachine } from '../machine/lock-machine.ts'
import { contextAt } from './lock-script.ts'
import { commandOf } from './script-command.ts'

/**
 * Runs a golden script and returns it with what the machine said below each line. A line is a comment (`#`), time that
 * passes (`+500`; `~500` with no entry that says so before the next line), a look (`show X`), or what a client does:
 * `a open ttl=1000 delay=200`, `a renew`, `a close`, `a acquire X exclusive as tx`, `a permits S 1/2 as tx`,
 * `a release 3`, `a release-all tx`, `a value 3 text`. Requests are numbered by client, as they come; `request=3` says
 * another number. What begins with two blanks is an answer.
 */
export class ScriptRunner {
  readonly #machine: LockMachine
  readonly #sessions = new Map<string, LockSessionId>()
  readonly #requests = new Map<string, number>()
  #index = 0
  #now = 0
  #lines: string[] = []

  constructor(machine: LockMachine) {
    this.#machine = machine
  }

  run(script: string): string {
    this.#lines = []
    for (const line of script.trimEnd().split('\n')) {
      if (line.startsWith('  ')) continue
      this.#lines.push(line)
      if (line !== '' && !line.startsWith('#')) this.#runLine(line)
    }
    return `${this.#lines.join('\n')}\n`
  }

  #runLine(line: string): void {
    const words = line.split(' ')
    const [first = '', second = ''] = words
    if (first.startsWith('+')) this.#pass(Number(first))
    else if (first.startsWith('~')) this.#now += Number(first.slice(1))
    else if (first === 'show') this.#show(second)
    else this.#command(first, words.slice(1))
  }

  #pass(ms: number): void {
    this.#now += ms
    this.#index++
    this.#machine.tick(contextAt(this.#index, this.#now, this.#emit))
  }

  #command(client: string, words: readonly string[]): void {
    this.#index++
    const session = this.#sessions.get(client) ?? (1 as LockSessionId)
    const isAsking = words[0] === 'acquire' || words[0] === 'permits'
    const request = (this.#requests.get(client) ?? 0) + 1
    const command = commandOf(words, { client, session, request })
    if (isAsking && 'request' in command) this.#requests.set(client, Math.max(request - 1, command.request ?? 0))
    const result = this.#applied(command)
    if (typeof result !== 'string' && result.type === 'session-opened') this.#sessions.set(client, result.session)
    this.#lines.push(`  = ${typeof result === 'string' ? result : resultText(result)}`)
  }

  #applied(command: LockCommand): LockResult | string {
    try {
      return this.#machine.apply(command, contextAt(this.#index, this.#now, this.#emit))
    } catch (error) {
      if (error instanceof FlotillaError) return `refused as ${error.code}: ${error.sentence}`
      throw error
    }
  }

  readonly #emit = (topic: string, payload: Uint8Array): void => {
    const event = lockEventCodec.decode(payload)
    if (event.type !== 'changed') this.#lines.push(`  ! ${topic}: ${eventText(event)}`)
  }

  #show(resource: string): void {
    const at = contextAt(this.#index, this.#now)
    const answer = this.#machine.query({ type: 'resource', resource: resource as ResourceName }, at)
    if (answer.type !== 'resource') {
      this.#lines.push('  = free')
      return
    }
    const { holders, waiters, delayedMs } = answer.found
    for (const holder of holders) {
      this.#lines.push(`  = held ${holder.mode} by ${partyText(holder)}, token ${holder.token}${quoted(holder.value)}`)
    }
    if (delayedMs > 0) this.#lines.push(`  = delayed for ${delayedMs} ms`)
    for (const waiter of waiters) this.#lines.push(`  = wanted ${waiter.mode} by ${partyText(waiter)}`)
  }
}

function resultText(result: LockResult): string {
  switch (result.type) {
    case 'granted':
      return `granted, token ${result.token}, held ${result.holds} times`
    case 'released':
      return result.holds === 0 ? 'released' : `released, ${result.holds} left, token ${result.token}`
    case 'waiting':
      return `waiting behind ${result.ahead}`
    case 'busy':
      return `busy: ${result.holders.map(partyText).join(', ')}; ${result.waiting} wait, delay ${result.delayedMs} ms`
    case 'deadlock':
      return `deadlock: ${cycleText(result.cycle)}`
    case 'all-released':
      return `all released: ${result.granted} granted, ${result.waiting} waiting`
    case 'renewed':
      return `renewed: ${result.granted} granted, ${result.waiting} waiting`
    case 'session-opened':
      return `session ${result.session}`
    case 'ended':
    case 'not-held':
    case 'session-closed':
    case 'session-expired':
    case 'value-set':
    case 'withdrawn':
      return result.type
    default:
      return unreachable(result, 'result')
  }
}

function eventText(event: LockEvent): string {
  if (event.type === 'granted') return `granted ${event.resource} to request ${event.request}, token ${event.token}`
  return event.type === 'deadlock' ? `deadlock: ${cycleText(event.cycle)}` : event.type
}

function partyText({ name, owner }: LockParty): string {
  return `${name}/${owner}`
}

function quoted(value: string): string {
  return value === '' ? '' : `, value "${value}"`
}
