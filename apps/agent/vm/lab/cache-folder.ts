import { join } from 'node:path'

/** Ignored by git, kept between runs, safe to delete. */
export const cacheFolder: string = join(import.meta.dirname, '../../../../node_modules/.cache/guest')
