import { ProtocolError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'

/** What no honest peer sends: it costs the peer its connection. */
export function unexpected(peer: NodeId, what: string): ProtocolError<'unexpected-frame'> {
  return new ProtocolError('unexpected-frame', `${peer} ${what}`, {
    hint: 'break the connection; update that node, and if this comes again, look at who runs it',
  })
}
