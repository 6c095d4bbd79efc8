/**
 * How a wrapping key is made of what its owner has. It stands, unencrypted, in each key row, so that whoever has the
 * secret needs nothing else.
 */
export type WrappingRecipe =
  /** `mark` tells key files apart, and nothing else about them: 16 bytes. */
  | { readonly type: 'key-file'; readonly mark: Uint8Array }
  /** scrypt, RFC 7914, with N = 2^costLog2, and 16 bytes of salt. */
  | {
      readonly type: 'passphrase'
      readonly salt: Uint8Array
      readonly costLog2: number
      readonly blockSize: number
      readonly parallelization: number
    }

/** What the owner of a store keeps outside of it: a key file or a passphrase. */
export interface WrappingSecret {
  readonly type: WrappingRecipe['type']
  /** For a message: which file it is, for example. */
  readonly name: string
  /** A new one, to wrap with from now on. */
  newRecipe(): WrappingRecipe
  /** 32 bytes. Undefined where the recipe says that another secret is needed; it may not be zeroed. */
  wrappingKey(recipe: WrappingRecipe): Promise<Uint8Array | undefined>
}

export const recipeSaltBytes = 16
