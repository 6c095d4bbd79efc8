import { turns } from './turns.ts'
import type { Wire, WireFrame, WireFrameKind } from './wire.ts'

interface Caught {
  readonly frame: WireFrame
  readonly deliver: () => void
}

/** A wire that keeps everything until the test says what becomes of it. */
export class HoldingWire implements Wire {
  readonly caught: Caught[] = []

  carry(frame: WireFrame, deliver: () => void): void {
    this.caught.push({ frame, deliver })
  }

  /** Takes out the oldest frame of that kind. */
  take(kind: WireFrameKind): Caught {
    const index = this.caught.findIndex(({ frame }) => frame.kind === kind)
    const caught = this.caught.splice(index, 1)[0]
    if (index < 0 || caught === undefined) throw new Error(`no ${kind} was sent`)
    return caught
  }

  /** Delivers all there is, and what that brings about. */
  async flow(): Promise<void> {
    await turns()
    for (let next = this.caught.shift(); next !== undefined; next = this.caught.shift()) {
      next.deliver()
      await turns()
    }
  }
}
