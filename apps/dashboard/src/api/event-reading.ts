import { pageLimitsDefaults } from '../limits.ts'

/** Server-sent events of an answer, each a JSON document, until it ends. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let text = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      text += value
      const events = text.split('\n\n')
      text = events.pop() ?? ''
      if (text.length > pageLimitsDefaults.eventLengthMax) throw new Error('an event is too long')
      for (const event of events) yield JSON.parse(event.replace(/^data: /, '')) as unknown
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
