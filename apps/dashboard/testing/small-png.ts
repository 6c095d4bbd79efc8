import { crc32 } from 'node:zlib'
import type { Page } from 'playwright-core'

/** What of a picture goes into the file. */
interface Indexed {
  readonly width: number
  readonly height: number
  /** In base64: red, green and blue of each colour, and the rows of numbers of colours, compressed. */
  readonly palette: string
  readonly rows: string
}

/**
 * The same picture in 256 colours, which is a third of the bytes: pages have few colours, and the shades of letters do
 * without the rarest. `page` does the work, as a browser can read and compress pictures; it must have no policy.
 */
export async function smallPng(page: Page, png: Buffer): Promise<Buffer> {
  const { width, height, palette, rows } = await page.evaluate(indexedIn, png.toString('base64'))
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits for each, which number a colour of the palette.
  header.set([8, 3, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette, 'base64')),
    chunk('IDAT', Buffer.from(rows, 'base64')),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(content.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** Runs in the browser, so it can use nothing of this file. */
async function indexedIn(png: string): Promise<Indexed> {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0))
  const bitmap = await createImageBitmap(new Blob([bytes]))
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d')
  if (context === null) throw new Error('this browser draws nothing')
  context.drawImage(bitmap, 0, 0)
  const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer)
  const counts = new Map<number, number>()
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1)
  const frequent = [...counts].toSorted(([, one], [, other]) => other - one).map(([pixel]) => pixel)
  // Of each tint the one that is seen most, so that none is lost for being rare; then what is seen most of all.
  const tints = new Map(frequent.toReversed().map((pixel) => [pixel & 0xe0e0e0, pixel]))
  const colours = [...new Set([...tints.values(), ...frequent])].slice(0, 256)
  const channels = (pixel: number): readonly [number, number, number] => [
    pixel & 255,
    (pixel >> 8) & 255,
    (pixel >> 16) & 255,
  ]
  const numbers = new Map(colours.map((pixel, index) => [pixel, index]))
  const nearest = (pixel: number): number => {
    const [red, green, blue] = channels(pixel)
    const distances = colours.map((colour) => {
      const [r, g, b] = channels(colour)
      return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2
    })
    const found = distances.indexOf(Math.min(...distances))
    numbers.set(pixel, found)
    return found
  }
  const rows = new Uint8Array(height * (width + 1))
  pixels.forEach((pixel, at) => {
    const row = Math.floor(at / width)
    rows[row * (width + 1) + 1 + (at - row * width)] = numbers.get(pixel) ?? nearest(pixel)
  })
  const compressed = new Response(new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate')))
  const base64 = (data: Uint8Array): string => btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(''))
  return {
    width,
    height,
    palette: base64(Uint8Array.from(colours.flatMap(channels))),
    rows: base64(new Uint8Array(await compressed.arrayBuffer())),
  }
}
