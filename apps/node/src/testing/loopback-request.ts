import { systemTool, type Machine } from '@flotilla/core/testing/node'

export interface LoopbackRequest {
  readonly port: number
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly token: string
  readonly body?: unknown
}

export interface LoopbackAnswer {
  readonly status: number
  readonly body: unknown
}

/** The shell connects, hands on what it is given, and prints what comes back; a whole Node would take far longer. */
const script = 'exec 3<>"/dev/tcp/127.0.0.1/$0" && cat >&3 && cat <&3'

/** Asks what answers on the machine's own loopback interface, which only a program on that machine can. */
export async function askOnLoopback(machine: Machine, request: LoopbackRequest): Promise<LoopbackAnswer> {
  const { port, method, path, token, body } = request
  const text = body === undefined ? '' : JSON.stringify(body)
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${token}`,
    'Connection: close',
    ...(body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`]),
  ]
  const words = ['netns', 'exec', machine.namespace, 'bash', '-c', script, String(port)]
  const answer = await systemTool('ip', words, `${head.join('\r\n')}\r\n\r\n${text}`)
  const end = answer.indexOf('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1])
  if (end === -1 || !Number.isInteger(status)) throw new Error(`${machine.name} gave no whole answer: ${answer}`)
  return { status, body: JSON.parse(answer.slice(end + 4)) as unknown }
}
