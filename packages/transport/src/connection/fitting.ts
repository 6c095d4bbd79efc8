import { unreachable } from '@flotilla/core/errors'
import { cutReason, type Frame } from '@flotilla/core/network/sessions'
import type { FrameLimits } from '../frames/wire.ts'

/**
 * What to do with a frame for a peer that takes less than we do: send it, as it is or with its reason cut; or not send
 * it, and let its sender see the refusal that the peer would have sent, if it would have sent one.
 */
export type Fitted = { readonly send: Frame } | { readonly refusal: Frame | undefined }

export function fitted(frame: Frame, limits: FrameLimits): Fitted {
  const { messageBytesMax, streamHeaderBytesMax, nameLengthMax, reasonLengthMax } = limits
  switch (frame.kind) {
    case 'notice':
      return fits(
        frame.channel.length <= nameLengthMax && frame.payload.byteLength <= messageBytesMax,
        frame,
        () => undefined,
      )
    case 'publication':
      return fits(
        frame.channel.length <= nameLengthMax &&
          frame.topic.length <= nameLengthMax &&
          frame.payload.byteLength <= messageBytesMax,
        frame,
        () => undefined,
      )
    case 'subscribe':
    case 'unsubscribe':
      return fits(frame.channel.length <= nameLengthMax && frame.topic.length <= nameLengthMax, frame, () => undefined)
    case 'request': {
      const isServed = frame.channel.length <= nameLengthMax
      if (isServed && frame.payload.byteLength <= messageBytesMax) return { send: frame }
      const { channel, call, payload } = frame
      const code = isServed ? 'too-large' : 'not-served'
      const reason = isServed
        ? `the request has ${payload.byteLength} bytes; the peer takes ${messageBytesMax}`
        : 'the peer takes no channel with so long a name'
      return { refusal: { kind: 'failure', channel, call, code, reason } }
    }
    case 'answer': {
      if (frame.payload.byteLength <= messageBytesMax) return { send: frame }
      const reason = `the answer has ${frame.payload.byteLength} bytes; its caller takes ${messageBytesMax}`
      return { send: { kind: 'failure', channel: frame.channel, call: frame.call, code: 'too-large', reason } }
    }
    case 'stream-open':
      return fits(
        frame.channel.length <= nameLengthMax && frame.payload.byteLength <= streamHeaderBytesMax,
        frame,
        () => ({
          kind: 'stream-reset',
          channel: frame.channel,
          stream: frame.stream,
          code: frame.channel.length <= nameLengthMax ? 'too-large' : 'not-served',
          reason: 'the peer takes no channel with so long a name, or no header so long',
        }),
      )
    case 'failure':
    case 'stream-reset':
      if (frame.reason.length <= reasonLengthMax) return { send: frame }
      return { send: { ...frame, reason: cutReason(frame.reason, reasonLengthMax) } }
    case 'cancel':
    case 'stream-accept':
    case 'stream-data':
    case 'stream-credit':
    case 'stream-end':
    case 'stream-read':
      return { send: frame }
    default:
      return unreachable(frame, 'frame')
  }
}

function fits(does: boolean, frame: Frame, refusal: () => Frame | undefined): Fitted {
  return does ? { send: frame } : { refusal: refusal() }
}
