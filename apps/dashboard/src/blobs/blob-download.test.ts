import { expect, test } from 'vitest'
import { downloadPath } from './blob-download.tsx'

test('a download asks for a ticket of its blob first, and shows it', async () => {
  const posted: unknown[] = []
  const api = {
    async post<Answer>(path: string, document: object): Promise<Answer> {
      await Promise.resolve()
      posted.push([path, document])
      return { ticket: 'once' } as Answer
    },
  }
  expect(await downloadPath(api, 'a secret/one')).toBe('/v1/blobs/a%20secret%2Fone?ticket=once')
  expect(posted).toEqual([['/v1/blob/ticket', { ref: 'a secret/one' }]])
})
