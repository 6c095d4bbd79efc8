/**
 * How bytes become lines and values: bounded, whatever comes, and exact where 64-bit numbers travel. `LineSplitter` and
 * `readJsonLine` are for our own dialect, `JsonStream` for that of QEMU, which needs no newlines.
 */
export { ChannelWriter } from './channel-writer.ts'
export { Fields } from './fields.ts'
export { JsonStream } from './json-stream.ts'
export { isExactObject, memberOf, type ExactJson, type ExactObject } from './json-value.ts'
export { readJsonLine } from './json-line.ts'
export { writeJson } from './json-writer.ts'
export { jsonDefaults } from './limits.ts'
export { LineSplitter } from './line-splitter.ts'
