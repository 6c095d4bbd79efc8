import type { VNode } from 'preact'
import type { PlaceProps } from '../shell/place-props.ts'

export function BlobsPage({ route }: PlaceProps): VNode {
  return <h1>{route.parts.join(' ')}</h1>
}
