import type * as Http from 'node:http'
import type * as Https from 'node:https'

/**
 * Importing `node:http` reads all that it exports, its WebSocket among it, and so loads a whole second HTTP client: 13
 * MiB of memory and 30 ms of processor time for nothing.
 */
const http: typeof Http = process.getBuiltinModule('node:http')
const https: typeof Https = process.getBuiltinModule('node:https')

export const createServer: typeof Http.createServer = http.createServer
export const httpRequest: typeof Http.request = http.request
export const createTlsServer: typeof Https.createServer = https.createServer
export const TlsServer: typeof Https.Server = https.Server
export const httpsRequest: typeof Https.request = https.request
