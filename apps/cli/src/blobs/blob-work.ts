import { FlotillaError } from '@flotilla/core/errors'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import type { NodeClient } from '../running-node/node-client.ts'

/** Something that a check has found. */
export interface Finding {
  readonly type: string
  readonly mended: boolean
  readonly what: string
  readonly why: string
}

export interface WorkWatch {
  readonly onProgress?: (progress: NodeAnswer) => void
  readonly onFinding?: (finding: Finding) => void
}

/** Has a node do what takes long, and follows it to its end; what came of it. */
export async function watchedWork(
  client: NodeClient,
  path: string,
  document: object,
  { onProgress, onFinding }: WorkWatch = {},
): Promise<NodeAnswer> {
  using events = await client.events(path, new AbortController().signal, document)
  for await (const event of events) {
    const type = event.text('event')
    if (type === 'done') return event.object('done')
    if (type === 'progress') onProgress?.(event.object('progress'))
    if (type === 'finding') onFinding?.(findingOf(event.object('finding')))
  }
  throw new FlotillaError('no-answer', 'the node stopped before it was done', { hint: 'try again when it runs' })
}

function findingOf(finding: NodeAnswer): Finding {
  return {
    type: finding.text('type'),
    mended: finding.flag('mended'),
    what: finding.text('what'),
    why: finding.text('why'),
  }
}
