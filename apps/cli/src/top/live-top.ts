import { setTimeout as pause } from 'node:timers/promises'
import { FlotillaError } from '@flotilla/core/errors'
import { readMachines } from '../commands/machines.ts'
import { readProcesses, type ListedProcess } from '../commands/process-answer.ts'
import { nodeText } from '../commands/machine-answer.ts'
import { cliLimitsDefaults } from '../limits.ts'
import type { NodeClient } from '../running-node/node-client.ts'
import { FullScreen } from '../terminal/full-screen.ts'
import { roomOf, topScreen } from './top-screen.ts'
import { heard, pressed, resized, topAtFirst, type TopEffect, type TopState } from './top-state.ts'

type News = Parameters<typeof heard>[1]

/** What a node knows now, in the order and with the filter that are wanted. */
export async function readTop(client: NodeClient, state: TopState): Promise<News> {
  const query = new URLSearchParams({ limit: String(cliLimitsDefaults.topProcessesMax), sort: state.sort })
  if (state.isReversed) query.set('reverse', 'true')
  // What has a sign of comparison in it are conditions.
  if (state.filter !== '' && state.tab === 'processes')
    query.set(/[<>=]/.test(state.filter) ? 'filter' : 'text', state.filter)
  const [machines, { processes, matching, total }] = await Promise.all([
    client.get('/v1/machines', readMachines),
    client.get(`/v1/processes?${query.toString()}`, readProcesses),
  ])
  return { machines, processes, matching, total }
}

/** On a terminal, until somebody has seen enough. */
export async function runTop(client: NodeClient, colour: boolean): Promise<void> {
  const end = new AbortController()
  let state = topAtFirst
  let wanted = new AbortController()
  const draw = (): void => {
    state = resized(state, roomOf(screen.size))
    screen.draw(topScreen(state, screen.size, colour))
  }
  const perform = (effect: TopEffect | undefined): void => {
    switch (effect?.type) {
      case 'quit':
        return end.abort()
      case 'ask':
        return wanted.abort()
      case 'signal':
        void signalled(client, effect).then((notice) => {
          state = heard(state, { notice })
          return draw()
        })
        return
      case undefined:
    }
  }
  using screen = new FullScreen({
    input: process.stdin,
    output: process.stdout,
    onKey(key) {
      const step = pressed(state, key)
      state = step.state
      perform(step.effect)
      if (!end.signal.aborted) draw()
    },
    onResize: draw,
  })
  const stop = (): void => end.abort()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop)
  draw()
  while (!end.signal.aborted) {
    wanted = new AbortController()
    // A filter that is being written is wanted when it is done.
    const asked = state
    const news = await readTop(client, asked).catch(noticeOf)
    if (end.signal.aborted) break
    // An answer to what is not wanted any more is no news.
    if (!wanted.signal.aborted) state = heard(state, news)
    draw()
    const signal = AbortSignal.any([end.signal, wanted.signal])
    if (!signal.aborted) await pause(cliLimitsDefaults.topAskedEveryMs, undefined, { signal }).catch(() => {})
  }
}

function noticeOf(error: unknown): News {
  if (error instanceof FlotillaError) return { notice: error.sentence }
  throw error
}

async function signalled(
  client: NodeClient,
  { process, signal }: { readonly process: ListedProcess; readonly signal: string },
): Promise<string> {
  const { node, bootId, pid, startTicks, name } = process
  try {
    await client.post('/v1/processes/signal', { node: node.id, bootId, pid, startTicks, signal }, () => undefined)
    return `${signal} was sent to ${name} (${pid}) on ${nodeText(node)}.`
  } catch (error) {
    if (error instanceof FlotillaError) return error.sentence
    throw error
  }
}
