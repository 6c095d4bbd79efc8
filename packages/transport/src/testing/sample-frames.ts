import type { CallNumber, Frame, StreamNumber } from '@flotilla/core/network/sessions'

const channel = 'fuzz'
const call = 1 as CallNumber
const stream = 0 as StreamNumber
const payload = new Uint8Array(40).fill(3)
const code = 'remote-failed'
const reason = 'because'

/** One frame of each kind, and a message that is long. */
export const sampleFrames: readonly Frame[] = [
  { kind: 'notice', channel, payload },
  { kind: 'publication', channel, topic: 'news', payload },
  { kind: 'subscribe', channel, topic: 'news' },
  { kind: 'unsubscribe', channel, topic: 'news' },
  { kind: 'request', channel, call, payload },
  { kind: 'answer', channel, call, payload },
  { kind: 'failure', channel, call, code, reason },
  { kind: 'cancel', channel, call },
  { kind: 'stream-open', channel, stream, window: 1_000, payload },
  { kind: 'stream-accept', channel, stream, window: 1_000 },
  { kind: 'stream-data', channel, stream, payload },
  { kind: 'stream-credit', channel, stream, room: 500 },
  { kind: 'stream-end', channel, stream },
  { kind: 'stream-read', channel, stream },
  { kind: 'stream-reset', channel, stream, code: 'stream-reset', reason },
  { kind: 'notice', channel, payload: new Uint8Array(18_000) },
]
