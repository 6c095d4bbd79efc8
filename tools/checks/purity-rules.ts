/** What a file that must replay from a seed may use of the world. What is not listed here it may not use. */

/** Globals that give the same answer on every machine, every time. */
export const pureGlobals: ReadonlySet<string> = words(`
  AggregateError Error EvalError RangeError ReferenceError SuppressedError SyntaxError TypeError URIError DOMException
  Array ArrayBuffer DataView Iterator Map Set WeakMap WeakSet Float32Array Float64Array Int8Array Int16Array Int32Array
  Uint8Array Uint8ClampedArray Uint16Array Uint32Array BigInt64Array BigUint64Array
  BigInt Boolean Number Object RegExp String Symbol Infinity NaN undefined isFinite isNaN parseFloat parseInt
  JSON Promise Proxy Reflect DisposableStack AsyncDisposableStack AbortController queueMicrotask structuredClone
  TextDecoder TextEncoder URL URLSearchParams atob btoa decodeURI decodeURIComponent encodeURI encodeURIComponent
`)

/** Globals of which only these members are pure. `new Date(argument)` is pure too. */
export const pureMembers: Readonly<Record<string, (member: string) => boolean>> = {
  AbortSignal: (member) => member === 'any' || member === 'abort',
  Date: (member) => member === 'UTC' || member === 'prototype',
  Math: (member) => member !== 'random',
}

/** Methods whose answer depends on the language and time zone of the machine. */
export const localeMembers: ReadonlySet<string> = words(`
  localeCompare toLocaleDateString toLocaleLowerCase toLocaleString toLocaleTimeString toLocaleUpperCase
`)

/**
 * Modules that are not ours and may be imported: whole, or only these names, or all but these. Everything else touches
 * the world or was not looked at.
 */
export const pureModules: Readonly<Record<string, { readonly only?: string[]; readonly except?: string[] }>> = {
  'node:assert': {},
  'node:assert/strict': {},
  'node:buffer': {},
  'node:util': { only: ['inspect', 'isDeepStrictEqual', 'types'] },
  'node:zlib': { only: ['crc32'] },
  '@noble/ed25519': { except: ['keygen', 'keygenAsync', 'utils', 'etc'] },
  '@noble/hashes': { except: ['randomBytes'] },
  '@peculiar/asn1-schema': {},
  '@peculiar/asn1-x509': {},
  msgpackr: {},
}

const kinds: readonly { readonly globals: ReadonlySet<string>; readonly advice: string }[] = [
  { globals: words('Buffer'), advice: 'only there in Node; use a Uint8Array' },
  { globals: words('Date performance Temporal'), advice: 'a clock; take `now` as an argument' },
  {
    globals: words(`
      AbortSignal Atomics cancelAnimationFrame clearImmediate clearInterval clearTimeout requestAnimationFrame scheduler
      setImmediate setInterval setTimeout
    `),
    advice: 'a timer; state a deadline, or take a `Clock`',
  },
  {
    globals: words('Math crypto'),
    advice: 'a random source; take a seeded `Prng`, or `Entropy` where nobody may guess',
  },
  {
    globals: words('BroadcastChannel EventSource WebSocket XMLHttpRequest fetch'),
    advice: 'a socket; take a `Network`',
  },
]

/** What a global is, and what to use in its place. */
export function adviceFor(global: string): string {
  const kind = kinds.find(({ globals }) => globals.has(global))
  return kind?.advice ?? 'not on the list of pure globals; take what you need as an argument'
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/))
}
