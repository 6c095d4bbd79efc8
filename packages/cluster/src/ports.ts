/** Where a machine can be reached: an IP address or a name that resolves to one, and a TCP port. */
export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * A pipe of bytes between a newcomer and a member, inside TLS in which only the member has a certificate. Whoever is at
 * the far end is not known yet; what tells this connection from all others is the exporter.
 */
export interface DoorPipe {
  /** 32 bytes that both ends of this one TLS session know and nobody else (RFC 8446 §7.5). */
  readonly exporter: Uint8Array
  /** The far end's bytes in pieces of any size, until it ends. */
  read(): AsyncIterable<Uint8Array>
  write(bytes: Uint8Array): Promise<void>
  /** No more from this side. */
  end(): void
  /** Gives up at once. */
  destroy(): void
}

/** What a cluster's member keeps: few records, each of them as secret as a key. */
export type RecordName = 'accounts' | 'authority' | 'invitations' | 'member' | 'revocations'

/**
 * Keeps records. A saved one replaces its predecessor as a whole: whatever happens meanwhile, `load` gives the old or
 * the new one, and once `save` has resolved always the new one.
 */
export interface ClusterStore {
  /** Undefined if it was never saved, or was removed. The bytes are the caller's. */
  load(name: RecordName): Promise<Uint8Array | undefined>
  save(name: RecordName, bytes: Uint8Array): Promise<void>
  /** Nothing happens if there is none. */
  remove(name: RecordName): Promise<void>
}

/** Encryption under a passphrase that people can remember, so it takes time and memory on purpose. */
export interface PassphraseCipher {
  /** `associated` is not encrypted, but must be the same for `open`. */
  seal(options: CipherInput): Promise<Uint8Array>
  /** Undefined if the passphrase is another one, or any of the bytes is. */
  open(options: CipherInput): Promise<Uint8Array | undefined>
}

export interface CipherInput {
  readonly passphrase: string
  /** 16 bytes that were drawn for this file. */
  readonly salt: Uint8Array
  /** 12 bytes that were drawn for this file. */
  readonly nonce: Uint8Array
  readonly associated: Uint8Array
  readonly bytes: Uint8Array
}
