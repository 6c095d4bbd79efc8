import { readFile } from 'fs/promises'
import { crc32, gzip } from 'node:zlib'
import * as zlib from 'node:zlib'
import { randomBytes } from '@noble/hashes/utils.js'
import { keygen } from '@noble/ed25519'
import { clock } from './node-clock.ts'
import { clock as theirs } from '@flotilla/canary/time/node'

export { createServer } from 'node:net'
export const used = [readFile, crc32, gzip, zlib, randomBytes, keygen, clock, theirs]
export const database = () => import('better-sqlite3')
