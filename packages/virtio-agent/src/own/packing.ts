/** How metrics become smaller on their way. */
export interface Packing {
  /** What both sides call it. */
  readonly encoding: string
  pack(bytes: Uint8Array): Uint8Array
  /** Throws where it would be more than `bytesMax`, or is damaged; and takes no more memory than that. */
  unpack(bytes: Uint8Array, bytesMax: number): Uint8Array
}
