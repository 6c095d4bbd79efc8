import { FlotillaError } from '@flotilla/core/errors'

interface Named {
  readonly id: string
  readonly name: string
}

/** So few characters are a typing error rather than the beginning of an id. */
const prefixLengthMin = 6

/** Whom somebody means by a whole id, the beginning of one, or a name; of those, only what names exactly one. */
export function chosenNode<Node extends Named>(text: string, nodes: readonly Node[]): Node {
  const exact = nodes.find(({ id }) => id === text)
  if (exact !== undefined) return exact
  const found = nodes.filter(({ id, name }) => name === text || (text.length >= prefixLengthMin && id.startsWith(text)))
  const [only, ...more] = found
  const shown = JSON.stringify(text.slice(0, 64))
  if (only === undefined) {
    throw new FlotillaError('no-such-node', `no node here is called ${shown}`, {
      hint: 'see `flotilla nodes` for their names and ids',
    })
  }
  if (more.length === 0) return only
  throw new FlotillaError('ambiguous-node', `${found.length} nodes are called ${shown}`, {
    hint: `write the whole id, one of ${found
      .slice(0, 4)
      .map(({ id }) => id)
      .join(', ')}`,
  })
}
