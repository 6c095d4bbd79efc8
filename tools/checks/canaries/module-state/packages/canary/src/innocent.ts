// Nothing here is a finding.
import { size } from './size.ts'

declare const injected: number

const names: ReadonlySet<string> = new Set(['a', 'b'])
const encoder = new TextEncoder()
const later = async (): Promise<number> => await Promise.resolve(size)

export { size }
export type Count = number
export default { names, encoder, later }

export function build(seen: Map<string, number>): readonly number[] {
  const names: number[] = []
  names.push(injected)
  seen.set('a', 1)
  return names
}

export class Point {
  static readonly origin: Point = new Point()
  x = 0
}
