import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { OpenRoute } from '../http/route.ts'
import { temporaryFolder } from '../testing/daemon-process.ts'
import { PageFiles } from './page-files.ts'
import { pageRoutes } from './page-routes.ts'

async function write(folder: string, name: string, content: string): Promise<void> {
  await mkdir(join(folder, 'assets'), { recursive: true })
  await writeFile(join(folder, 'index.html'), `<script src="/assets/${name}">`)
  await writeFile(join(folder, `assets/${name}`), content)
  for (const path of ['index.html', `assets/${name}`]) {
    await writeFile(join(folder, `${path}.br`), `br of ${path}`)
    await writeFile(join(folder, `${path}.gz`), `gz of ${path}`)
  }
  const files = [
    { path: 'index.html', type: 'text/html', isHashed: false },
    { path: `assets/${name}`, type: 'text/javascript', isHashed: true },
  ]
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ files }))
}

type Asked = Parameters<OpenRoute['answer']>[0]

function asking(folder: string) {
  const routes = pageRoutes(new PageFiles(folder))
  return async (path: string, encoding?: string) => {
    const route = routes.find((each) => path === each.path || (each.path.endsWith('*') && path.startsWith('/assets/')))
    const rest = path.slice('/assets/'.length)
    const request = { headers: encoding === undefined ? {} : { 'accept-encoding': encoding } }
    const reply = await route?.answer({ request, query: new URLSearchParams(), port: 1, rest } as unknown as Asked)
    return { ...reply, text: reply === undefined ? '' : Buffer.from(reply.body).toString() }
  }
}

describe('the page', () => {
  test('is served as a browser wants it, and kept for ever where its name says what it is', async () => {
    await using folder = await temporaryFolder()
    await write(folder.path, 'page-1.js', 'one')
    const ask = asking(folder.path)
    expect(await ask('/assets/page-1.js')).toMatchObject({ status: 200, type: 'text/javascript', text: 'one' })
    const packed = await ask('/assets/page-1.js', 'gzip, deflate, br, zstd')
    expect(packed.text).toBe('br of assets/page-1.js')
    expect(packed.headers).toMatchObject({
      'Content-Encoding': 'br',
      'Cache-Control': expect.stringContaining('immutable') as string,
    })
    expect((await ask('/assets/page-1.js', 'br;q=0, gzip')).text).toBe('gz of assets/page-1.js')
    for (const path of ['/', '/login']) {
      const document = await ask(path, 'gzip')
      expect(document).toMatchObject({ status: 200, type: 'text/html', text: 'gz of index.html' })
      expect(document.headers).not.toHaveProperty('Cache-Control')
    }
  })

  test.each(['/assets/', '/assets/nothing.js', '/assets/../index.html', '/assets/page-1.js.br'])(
    'has no %s',
    async (path) => {
      await using folder = await temporaryFolder()
      await write(folder.path, 'page-1.js', 'one')
      expect(await asking(folder.path)(path)).toMatchObject({ status: 404 })
    },
  )

  test('that was built anew is served anew, without a start', async () => {
    await using folder = await temporaryFolder()
    const ask = asking(folder.path)
    const missing = await ask('/')
    expect(missing.status).toBe(503)
    expect(missing.text).toContain('node apps/dashboard/build.ts')
    await write(folder.path, 'page-1.js', 'one')
    expect((await ask('/')).status).toBe(200)
    await write(folder.path, 'page-2.js', 'two')
    expect((await ask('/')).text).toContain('page-2.js')
    expect((await ask('/assets/page-2.js')).text).toBe('two')
    expect((await ask('/assets/page-1.js')).status).toBe(404)
    // A build that is cut short leaves what was there.
    await writeFile(join(folder.path, 'manifest.json'), '{"files":[{"path":"gone.js","type":"x","isHashed":true}]}')
    expect((await ask('/')).text).toContain('page-2.js')
  })
})
