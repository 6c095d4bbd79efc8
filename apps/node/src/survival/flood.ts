import { connect, type Socket } from 'node:net'

/** Somebody who means no good, at one port; disposing of him ends it. */
export interface Flood extends Disposable {
  /** What he has managed, to be shown. */
  readonly figures: Readonly<Record<string, number>>
}

const chunk = Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 167) % 251))

/** Sends junk as quickly as it is taken, or at so many bytes a second at most. */
export function junkFlood(port: number, connections: number, bytesPerSecond: number): Flood {
  const figures = { bytes: 0, connections: 0 }
  let isOver = false
  const begunAt = performance.now()
  const sockets = new Set<Socket>()
  const isEarly = (): boolean => figures.bytes > ((performance.now() - begunAt) / 1_000) * bytesPerSecond
  const open = (): void => {
    if (isOver) return
    const socket = connect(port, '127.0.0.1')
    sockets.add(socket)
    const pump = (): void => {
      if (isOver || socket.destroyed) return
      if (isEarly()) return void setTimeout(pump, 5)
      figures.bytes += chunk.length
      socket.write(chunk, pump)
    }
    socket.on('connect', () => {
      figures.connections++
      pump()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      setTimeout(open, 1)
    })
  }
  for (let index = 0; index < connections; index++) open()
  return {
    figures,
    [Symbol.dispose]() {
      isOver = true
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Holds connections on which a beginning comes, then nothing or a letter now and then; what is closed comes again. */
export function idleFlood(port: number, connections: number, beginning: string, letterEveryMs?: number): Flood {
  const figures = { opened: 0, closed: 0 }
  let isOver = false
  const sockets = new Set<Socket>()
  const open = (): void => {
    if (isOver) return
    const socket = connect(port, '127.0.0.1')
    sockets.add(socket)
    socket.on('connect', () => {
      figures.opened++
      socket.write(beginning)
    })
    socket.on('error', () => {})
    socket.resume()
    socket.on('close', () => {
      figures.closed++
      sockets.delete(socket)
      setTimeout(open, 20)
    })
  }
  for (let index = 0; index < connections; index++) open()
  const letters =
    letterEveryMs === undefined
      ? undefined
      : setInterval(() => {
          for (const socket of sockets) if (socket.readyState === 'open') socket.write('x')
        }, letterEveryMs)
  return {
    figures,
    [Symbol.dispose]() {
      isOver = true
      clearInterval(letters)
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** What is answered to a whole text, or 'closed'. */
export async function answerTo(port: number, text: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.on('error', () => {})
  socket.setEncoding('latin1')
  let said = ''
  socket.on('data', (part: string) => (said += part))
  socket.write(text)
  await closed
  return said.slice(0, said.indexOf('\r\n')) || 'closed'
}
