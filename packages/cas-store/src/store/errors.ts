export { blobError, codeOf } from '../errors.ts'
