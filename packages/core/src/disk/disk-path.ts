import { FlotillaError } from '../errors/index.ts'

/** A path below the disk's folder: segments of letters, digits, `.`, `_` and `-`, joined by `/`; never `.` or `..`. */
export type DiskPath = string & { readonly brand: 'DiskPath' }

const pathLengthMax = 512
const segment = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}$/

/** Returns the text as a path, or throws `wrong-path`: nothing that leads out of the folder becomes one. */
export function diskPath(text: string): DiskPath {
  if (text.length <= pathLengthMax && text.split('/').every((part) => segment.test(part))) return text as DiskPath
  throw new FlotillaError('wrong-path', `${JSON.stringify(text.slice(0, pathLengthMax))} is not a path on this disk`, {
    hint: 'use segments of letters, digits, ".", "_" and "-" joined by "/"',
  })
}
