import { nodeIdFromPublicKey } from '@flotilla/core/ids'
import type { AccountsView, KnownToken, KnownUser } from '../http/callers/accounts-view.ts'
import type { ServiceParts } from './service.ts'

/** Users and API tokens. */
export class AccountsService implements AccountsView {
  readonly #options: ServiceParts & { readonly secretKey: Uint8Array }

  constructor(options: ServiceParts & { readonly secretKey: Uint8Array }) {
    this.#options = options
  }

  issuer(): { readonly id: string; readonly publicKey: Uint8Array } {
    const { crypto, secretKey } = this.#options
    const publicKey = crypto.ed25519.publicKey(secretKey)
    return { id: nodeIdFromPublicKey(crypto, publicKey), publicKey }
  }

  user(): KnownUser | undefined {
    return undefined
  }

  token(): KnownToken | undefined {
    return undefined
  }
}
