import { bytesText } from '@flotilla/core/text'
import type { NodeAnswer } from '../running-node/node-answer.ts'

/** A node as the answers about machines name it. */
export interface NamedNode {
  readonly id: string
  readonly name: string
}

const idShownLength = 12

export function readNode(node: NodeAnswer): NamedNode {
  return { id: node.text('id'), name: node.text('name') }
}

export function nodeText({ id, name }: NamedNode): string {
  return name === '' ? `${id.slice(0, idShownLength)}…` : name
}

/** Only those that are known. */
export function numbersOf(answer: NodeAnswer, names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = answer.maybeNumber(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

export function shareText(share: number | undefined): string {
  return share === undefined ? '' : `${(share * 100).toFixed(1)} %`
}

export function sizeText(bytes: number | undefined): string {
  return bytes === undefined ? '' : bytesText(bytes)
}

export function rateText(bytesPerSecond: number | undefined): string {
  return bytesPerSecond === undefined ? '' : `${bytesText(bytesPerSecond)}/s`
}
