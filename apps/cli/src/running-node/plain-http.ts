import type * as Http from 'node:http'
import process from 'node:process'

/**
 * HTTP without what Node hangs on it: whoever imports `node:http` reads all its names, and with them loads a client for
 * `fetch` and WebSockets, which takes longer than most commands do (44 of 78 ms of processor time).
 */
const http: typeof Http = process.getBuiltinModule('node:http')

export const Agent: typeof Http.Agent = http.Agent
export const request: typeof Http.request = http.request
