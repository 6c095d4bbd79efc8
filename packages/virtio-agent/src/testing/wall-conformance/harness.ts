import type { WallChannel } from '../../contract.ts'

/** A channel that has not begun, and its other side, which is away at first. */
export interface WallHarness extends AsyncDisposable {
  readonly channel: WallChannel
  readonly far: FarSide
}

/** The other side, as plain as it can be. */
export interface FarSide {
  /** Comes. */
  connect(): Promise<void>
  /** Resolves when all was handed over, which may need the channel to take it. */
  send(bytes: Uint8Array): Promise<void>
  /** Reads exactly so many bytes; it reads nothing unless asked. */
  receive(count: number): Promise<Uint8Array>
  /** Goes, with whatever it has not read. */
  leave(): Promise<void>
}

export type MakeWallHarness = () => Promise<WallHarness>
