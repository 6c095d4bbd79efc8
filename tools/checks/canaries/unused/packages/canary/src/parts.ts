export const used = 42
export const unused = 43
export interface Forgotten {
  readonly unused: true
}
