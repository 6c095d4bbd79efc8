import { connect } from 'node:net'
import { parseMeshAddress, type MeshAddress } from '../mesh-address.ts'
import type { Dialled } from './neighbour-messages.ts'

/** Whether something listens there, as far as a connection shows; nothing is said on it. */
export function dialled(text: string, timeoutMs: number): Promise<Dialled> {
  const { host, port }: MeshAddress = parseMeshAddress(text, 'the address')
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (outcome: string): void => {
      socket.destroy()
      resolve({ address: text, outcome })
    }
    socket.setTimeout(timeoutMs, () => end('does not answer'))
    socket.on('connect', () => end('open'))
    socket.on('error', (error: NodeJS.ErrnoException) => end(outcomes[error.code ?? ''] ?? error.code ?? 'failed'))
  })
}

const outcomes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ETIMEDOUT: 'does not answer',
}
