import type { NodeId } from '@flotilla/core/ids'
import type { CommandNumber, SessionId } from '../replica/replica-contract.ts'
import type { GroupName } from '../types.ts'

/** Tells one life of a process from the next: drawn at its start. */
export type BootNumber = number & { readonly brand: 'BootNumber' }

/** Names one attempt of one call among all of one life of its caller. */
export type CallId = number & { readonly brand: 'CallId' }

/** What is asked of a member, as its caller holds it. */
export type Call =
  | {
      readonly type: 'command'
      readonly session: SessionId
      readonly number: CommandNumber
      readonly answeredBelow: CommandNumber
      readonly command: Uint8Array
    }
  | { readonly type: 'open-session'; readonly key: Uint8Array }
  | { readonly type: 'close-session'; readonly session: SessionId }
  /** Linearizable. Any member can serve it. */
  | { readonly type: 'read'; readonly query: Uint8Array }
  | { readonly type: 'change-members'; readonly voters: readonly NodeId[]; readonly learners: readonly NodeId[] }
  | { readonly type: 'transfer'; readonly to: NodeId | undefined }

/** The same as it is received: a command is the payload that will stand in the log, but for its time. */
export type ReceivedCall =
  | Exclude<Call, { readonly type: 'command' }>
  | { readonly type: 'command'; readonly payload: Uint8Array }

export type Answer =
  | { readonly type: 'result'; readonly result: Uint8Array }
  /** Final: the machine, or the engine, says no. */
  | { readonly type: 'refused'; readonly code: string; readonly message: string; readonly hint: string | undefined }
  /** It did not happen here; that node is thought to lead. */
  | { readonly type: 'redirect'; readonly leader: NodeId }
  /** It did not happen here, and who leads is not known. */
  | { readonly type: 'no-leader' }
  /** It did not happen here: a named limit is reached. */
  | { readonly type: 'overloaded'; readonly limit: string }
  /** It was taken up, and whether it will happen is not known here any more. Ask again. */
  | { readonly type: 'unclear' }
  | { readonly type: 'session'; readonly session: SessionId }
  | { readonly type: 'session-expired' }
  /** There is no such group here, or not for this caller. */
  | { readonly type: 'not-served' }
  /** A change of members is through. */
  | { readonly type: 'done' }
  /** A transfer has ended: that node leads. */
  | { readonly type: 'leader'; readonly leader: NodeId }

export interface AddressedCall {
  readonly group: GroupName
  readonly id: CallId
  readonly call: Call
}
