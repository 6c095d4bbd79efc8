import { createCodec, integer, object, string, type Codec } from '@flotilla/core/codec'
import { FlotillaError } from '@flotilla/core/errors'
import type { ApplyContext, MachineCodecs, MachineKind, StateMachine } from '../state-machine.ts'

export interface Add {
  readonly add: number
}
export interface Sum {
  readonly sum: number
}
export interface Ask {
  readonly what: string
}

const sum: Codec<Sum> = createCodec({ name: 'sum', schema: object({ sum: integer() }) })

export const counterCodecs: MachineCodecs<Add, Sum, Ask, Sum> = {
  command: createCodec({ name: 'addition', schema: object({ add: integer() }) }),
  result: sum,
  query: createCodec({ name: 'question', schema: object({ what: string({ bytesMax: 64 }) }) }),
  answer: sum,
}

/** A counter, for tests: adding 13 is refused, adding 0 says so under the topic `nothing`. */
class Counter implements StateMachine<Add, Sum, Ask, Sum> {
  readonly codecs: MachineCodecs<Add, Sum, Ask, Sum> = counterCodecs
  #sum: number

  constructor(begin: number = 0) {
    this.#sum = begin
  }

  apply({ add }: Add, context: ApplyContext): Sum {
    if (add === 13) throw new FlotillaError('unlucky', 'nobody adds 13', { hint: 'add 12 and 1' })
    if (add === 0) context.emit('nothing', Uint8Array.of(this.#sum))
    this.#sum += add
    return { sum: this.#sum }
  }

  query(): Sum {
    return { sum: this.#sum }
  }

  snapshot(): Iterable<Uint8Array> {
    return [sum.encode({ sum: this.#sum })]
  }
}

export function counterKind(version: number = 1): MachineKind<Add, Sum, Ask, Sum> {
  return {
    version,
    create: () => new Counter(),
    async restore(pieces) {
      const all: number[] = []
      for await (const piece of pieces) all.push(...piece)
      return new Counter(sum.decode(Uint8Array.from(all)).sum)
    },
  }
}
