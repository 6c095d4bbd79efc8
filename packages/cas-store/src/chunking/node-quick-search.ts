import { copyBytes } from '@flotilla/core/memory'
import { quickStepBytes, type QuickSearch } from './quick-search.ts'

/*
 * The search for ends in WebAssembly. V8 checks at each byte that it and its word are within their arrays, which is
 * more work than the search: 1,090 ms for 1 GiB, measured, where this takes 330 and the copy into its memory 40.
 */

/** The words stand at the front of its memory, the content behind them: together they stay in the first cache. */
const contentAt = 1_024
const contentBytesMax = 24_576

/** Undefined where the engine has no WebAssembly, or no memory for it. */
export function nodeQuickSearch(words: Int32Array): QuickSearch | undefined {
  const { WebAssembly } = globalThis as { readonly WebAssembly?: Engine }
  if (WebAssembly === undefined) return undefined
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program()), { it: { memory } })
    new Int32Array(memory.buffer, 0, words.length).set(words)
    const content = new Uint8Array(memory.buffer, contentAt, contentBytesMax)
    return {
      bytesMax: contentBytesMax,
      first(bytes, hashAtFirst, below) {
        copyBytes(bytes, content, 0)
        const end = exports.first(contentAt, contentAt + bytes.length, hashAtFirst, below)
        return end === -1 ? -1 : end - contentAt
      },
    }
  } catch {
    return undefined // The plain search finds the same.
  }
}

/** As much of `WebAssembly` as is needed here. */
interface Engine {
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => Memory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: { readonly it: { readonly memory: Memory } },
  ) => { readonly exports: { first(at: number, end: number, hash: number, below: number): number } }
}

interface Memory {
  readonly buffer: ArrayBuffer
}

/** Places of the parameters of `first`. */
const at = 0
const end = 1
const hash = 2
const below = 3

/** Instructions that are used, as WebAssembly numbers them. */
const op = {
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  branchIf: 0x0d,
  return: 0x0f,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  load: 0x28,
  loadByte: 0x2d,
  constant: 0x41,
  isLess: 0x48,
  isLessUnsigned: 0x49,
  add: 0x6a,
  shiftLeft: 0x74,
} as const
const i32 = 0x7f
const noResult = 0x40

/**
 * The module: it takes the memory `it.memory`, and has `first(at, end, hash, below)`. Everything in it is shorter than
 * 128 bytes, or has its length in two, so that no number is written in more than two bytes.
 */
function program(): Uint8Array {
  const magic = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
  const type = [1, 0x60, 4, i32, i32, i32, i32, 1, i32]
  const memory = [1, ...name('it'), ...name('memory'), 2, 1, 1, 1]
  const exported = [1, ...name('first'), 0, 0]
  const body = [0, ...loopOfSteps(), op.end]
  const code = [1, ...counted(body)]
  const sections = [section(1, type), section(2, memory), section(3, [1, 0]), section(7, exported), section(10, code)]
  return Uint8Array.from([...magic, ...sections.flat()])
}

function loopOfSteps(): readonly number[] {
  const steps = Array.from({ length: quickStepBytes }, (_, index) => step(index)).flat()
  const ahead = [op.get, at, op.constant, quickStepBytes, op.add, op.tee, at]
  const again = [op.get, end, op.isLessUnsigned, op.branchIf, 0]
  const minusOne = 0x7f
  return [op.loop, noResult, ...steps, ...ahead, ...again, op.end, op.constant, minusOne]
}

/** `hash = (hash << 1) + word of the byte at (at + index)`; then, if that is below, returns `at + index + 1`. */
function step(index: number): readonly number[] {
  const aligned4 = 2
  const byte = [op.get, at, op.loadByte, 0, index]
  const word = [...byte, op.constant, 2, op.shiftLeft, op.load, aligned4, 0]
  const rolled = [op.get, hash, op.constant, 1, op.shiftLeft, ...word, op.add, op.tee, hash]
  const found = [op.get, at, op.constant, index + 1, op.add, op.return]
  return [...rolled, op.get, below, op.isLess, op.if, noResult, ...found, op.end]
}

function section(id: number, bytes: readonly number[]): readonly number[] {
  return [id, ...counted(bytes)]
}

function name(text: string): readonly number[] {
  return counted([...new TextEncoder().encode(text)])
}

/** Bytes behind their number, which is written in seven bits a byte, the lowest first. */
function counted(bytes: readonly number[]): readonly number[] {
  const { length } = bytes
  return length < 128 ? [length, ...bytes] : [(length & 127) | 128, length >> 7, ...bytes]
}
