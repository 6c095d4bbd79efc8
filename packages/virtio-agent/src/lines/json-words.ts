const number = /^-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/
/** The least and greatest whole numbers of 64 bits, signed and unsigned: what QEMU keeps exactly. */
const least = -(2n ** 63n)
const greatest = 2n ** 64n - 1n

/** What a word without quotes means; undefined if it means nothing. */
export function readWord(word: string): null | boolean | number | bigint | undefined {
  if (word === 'null') return null
  if (word === 'true') return true
  if (word === 'false') return false
  const match = number.exec(word)
  if (match === null) return undefined
  const rounded = Number(word)
  if (!Number.isFinite(rounded)) return undefined
  if (match[1] !== undefined || match[2] !== undefined || Number.isSafeInteger(rounded)) return rounded + 0
  const exact = BigInt(word)
  return exact >= least && exact <= greatest ? exact : rounded
}
