/** Copying into and out of memory that threads share, for Node. */
export { copyBytes } from './copied-bytes.ts'
