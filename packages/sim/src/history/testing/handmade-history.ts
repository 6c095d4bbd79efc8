import type { Operation, OperationId } from '../history.ts'

/** When an operation that nobody saw the end of returns. */
export const never: number = Infinity

/** Client, call, return (each an event number of its own, or `never`), what was asked, what was told. */
export type Row<Input, Output> = readonly [
  client: string,
  call: number,
  end: number,
  input: Input,
  output?: Output | undefined,
]

/** A history written down by hand, for tests. */
export function handMade<Input, Output>(rows: readonly Row<Input, Output>[]): readonly Operation<Input, Output>[] {
  return rows.map(([client, call, end, input, output], index) => ({
    id: index as OperationId,
    client,
    input,
    invoked: { sequence: call, atMs: call },
    ending:
      end === never
        ? { type: 'unknown' }
        : { type: 'completed', output: output as Output, at: { sequence: end, atMs: end } },
  }))
}
