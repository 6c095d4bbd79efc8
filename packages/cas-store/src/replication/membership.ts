import type { NodeId } from '@flotilla/core/ids'
import type { StoreMember } from './contract.ts'

/** Who is a member, looked up anew whenever it is asked: who that is is for others to say. */
export class Membership {
  readonly #members: () => readonly StoreMember[]
  readonly #self: NodeId

  constructor(members: () => readonly StoreMember[], self: NodeId) {
    this.#members = members
    this.#self = self
  }

  /** This node among them, alive, whatever others say of it. */
  all(): readonly StoreMember[] {
    const listed = this.#members()
    const me = listed.find(({ node }) => node === this.#self)
    const self: StoreMember = { ...me, node: this.#self, isAlive: true, awaySinceMs: undefined }
    return [...listed.filter(({ node }) => node !== this.#self), self]
  }

  others(): readonly StoreMember[] {
    return this.#members().filter(({ node }) => node !== this.#self)
  }

  find(node: NodeId): StoreMember | undefined {
    return node === this.#self ? this.all().at(-1) : this.#members().find((member) => member.node === node)
  }

  isMember(node: NodeId): boolean {
    return this.find(node) !== undefined
  }

  /** Members that can read what there is, and so may say something about it. */
  isTrusted(node: NodeId): boolean {
    const member = this.find(node)
    return member !== undefined && member.isUntrusted !== true
  }
}
