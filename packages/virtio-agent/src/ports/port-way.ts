/** How bytes go through an open device: there are two ways, and neither is good everywhere. */
export type PortWayName = 'pipe-handle' | 'blocking-read'

export interface PortWay {
  readonly name: PortWayName
  /** Throws what the system says: EBUSY where another program has it, as a virtio port admits one. */
  open(events: PortWayEvents): OpenPort
}

/** None is called before `open` has returned. */
export interface PortWayEvents {
  onHost(isThere: boolean): void
  /** The bytes are the receiver's only until it returns. */
  onBytes(bytes: Uint8Array): void
  onRoom(): void
  /** It has to be opened again. Without an error: the host went, and this way needs a new start then. Comes once. */
  onLost(error?: unknown): void
}

export interface OpenPort {
  /** Looks whether the host is there, and tells of it by an event. Asked again and again while it is away. */
  look(): void
  /** How many of the bytes were taken. */
  write(bytes: Uint8Array): number
  /** No event comes after it was called. Resolves when the device is free, or cannot be freed before we end. */
  close(): Promise<void>
}
