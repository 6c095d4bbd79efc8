import type { Left } from '@flotilla/core/network/sessions'

/** Who is to be told that frames have left. Frames in a row of the same sender are told together. */
export class LeftTally {
  readonly #told: { readonly left: Left; frames: number; payloadBytes: number }[] = []

  add(left: Left | undefined, payloadBytes: number): void {
    if (left === undefined) return
    const last = this.#told.at(-1)
    if (last?.left === left) {
      last.frames++
      last.payloadBytes += payloadBytes
    } else {
      this.#told.push({ left, frames: 1, payloadBytes })
    }
  }

  tell(): void {
    for (const { left, frames, payloadBytes } of this.#told) left(frames, payloadBytes)
  }
}
