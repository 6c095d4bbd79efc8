/** `node apps/node/build.ts`: packs the node into `dist`, which is what a started node runs where it is up to date. */
import { join } from 'node:path'
import { buildNode } from './building/node-build.ts'

const began = performance.now()
const { bytes, files } = await buildNode(join(import.meta.dirname, 'dist'))
const took = Math.round(performance.now() - began)
console.log(`The node: ${files} files, ${(bytes / 1e6).toFixed(1)} MB, in ${took} ms.`)
