import { contentTypes, refusalReply, type Reply } from '../http/reply.ts'
import type { OpenRoute } from '../http/route.ts'
import type { PageFile, PageFiles } from './page-files.ts'

/** A year, which is as good as for ever. */
const keptSeconds = 31_536_000

/**
 * The page itself, for everybody: it holds no secret, and asks the API for all that it shows. What it is asked under is
 * the same document, which looks at its own address.
 */
export function pageRoutes(files: PageFiles): readonly OpenRoute[] {
  const document = (path: string): OpenRoute => ({
    path,
    open: true,
    answer: async ({ request }) => replyOf(await files.file('/index.html'), request.headers['accept-encoding']),
  })
  return [
    document('/'),
    document('/login'),
    {
      path: '/assets/*',
      open: true,
      answer: async ({ request, rest }) => {
        const file = await files.file(`/assets/${rest}`)
        return file === undefined ? noFile : replyOf(file, request.headers['accept-encoding'])
      },
    },
  ]
}

function replyOf(file: PageFile | undefined, accepted: string | string[] | undefined): Reply {
  if (file === undefined) return notBuilt
  const { type, isHashed, bytes, compressed } = file
  const encoding = chosenEncoding(String(accepted ?? ''))
  return {
    status: 200,
    type,
    body: encoding === undefined ? bytes : compressed[encoding],
    headers: {
      Vary: 'Accept-Encoding',
      ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
      ...(isHashed ? { 'Cache-Control': `public, max-age=${keptSeconds}, immutable` } : {}),
    },
  }
}

function chosenEncoding(accepted: string): 'br' | 'gzip' | undefined {
  const wanted = accepted.split(',').map((part) => part.trim().toLowerCase())
  return (['br', 'gzip'] as const).find((name) =>
    wanted.some((part) => part === name || (part.startsWith(`${name};`) && !/q=0(\.0*)?$/.test(part))),
  )
}

const noFile: Reply = refusalReply({
  status: 404,
  code: 'not-found',
  message: 'the page has no such file',
  hint: 'load the page anew: it was built again since',
})

const notBuilt: Reply = {
  status: 503,
  type: contentTypes.html,
  body: `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Flotilla</title>
  </head>
  <body>
    <h1>The page of this node was not built</h1>
    <p>The node itself runs. In its checkout, run <code>node apps/dashboard/build.ts</code>, then load this again.</p>
  </body>
</html>
`,
}
