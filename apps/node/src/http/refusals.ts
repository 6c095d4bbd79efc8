import type { FlotillaError } from '@flotilla/core/errors'
import { nodeLimitsDefaults } from '../limits.ts'
import type { Refusal } from './reply.ts'

/** What a part of the node refuses, its code included. */
export function refusalOf({ code, message, hint = 'see its documentation' }: FlotillaError): Refusal {
  return { status: statuses[code] ?? 409, code, message, hint }
}

/** What is not a conflict with how things are. */
const statuses: Readonly<Record<string, number>> = {
  'wrong-document': 400,
  'long-document': 413,
  'wrong-parameter': 400,
  'wrong-request': 400,
  'upload-broken': 400,
  'wrong-password-form': 400,
  'no-such-node': 404,
  'no-such-vm': 404,
  'not-found': 404,
  forbidden: 403,
  'precondition-failed': 412,
  corrupt: 500,
  overloaded: 503,
  'too-many-topics': 429,
  'no-leader': 503,
  'deadline-exceeded': 503,
  'outcome-unknown': 503,
  unavailable: 503,
  'too-few-copies': 503,
  'wrong-key': 503,
  closed: 503,
  'no-blobs': 503,
  'disk-full': 507,
}

export const stopping: Refusal = {
  status: 503,
  code: 'stopping',
  message: 'this node stops',
  hint: 'ask another node, or this one when it is back',
}

export const onlyPosted: Refusal = {
  status: 405,
  code: 'wrong-method',
  message: 'something is done here, so it is not asked',
  hint: 'use POST, with a JSON document',
  headers: { Allow: 'POST' },
}

export const onlyAsked: Refusal = {
  status: 405,
  code: 'wrong-method',
  message: 'this is only asked, nothing can be sent to it',
  hint: 'use GET or HEAD',
  headers: { Allow: 'GET, HEAD' },
}

export const tooManyStreams: Refusal = {
  status: 503,
  code: 'overloaded',
  message: 'too many hold or watch something through this node already',
  hint: `there can be ${nodeLimitsDefaults.eventStreamsMax} at once: wait for one to end, or ask another node`,
}

export const tooManyStreamsOfOne: Refusal = {
  status: 429,
  code: 'too-many-streams',
  message: 'under this name too much is held or watched through this node already',
  hint: `one name can have ${nodeLimitsDefaults.eventStreamsPerNameMax} at once: wait for one to end, or end one`,
}

export const failed: Refusal = {
  status: 500,
  code: 'failed',
  message: 'the node failed to answer',
  hint: 'its log says why; try again',
}

export const tooManyTransfers: Refusal = {
  status: 503,
  code: 'overloaded',
  message: 'too much is sent and fetched through this node already',
  hint: `there can be ${nodeLimitsDefaults.contentTransfersMax} transfers at once: wait for one to end`,
}

export function methodNotHere(methods: readonly string[]): Refusal {
  return {
    status: 405,
    code: 'wrong-method',
    message: 'that cannot be done here',
    hint: `use ${methods.join(', ')}`,
    headers: { Allow: methods.join(', ') },
  }
}
