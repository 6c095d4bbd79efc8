import { join } from 'node:path'
import { buildPage } from '../building/page-build.ts'

/** What is tested is the page as its sources are now, whoever built it last. */
export async function setup(): Promise<void> {
  await buildPage(join(import.meta.dirname, '..'))
}
