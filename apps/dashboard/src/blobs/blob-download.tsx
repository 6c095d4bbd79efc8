import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { failureOf, type ApiFailure } from '../api/api-failure.ts'
import type { NodeApi } from '../api/node-api.ts'
import { FailureNotice } from '../parts/notice.tsx'
import { usePage } from '../shell/page-context.ts'

/** Fetches the content of a blob into a file. */
export function BlobDownload({ name }: { readonly name: string }): VNode {
  const { api } = usePage()
  const [failure, setFailure] = useState<ApiFailure | undefined>(undefined)
  const download = async (): Promise<void> => {
    try {
      const href = await downloadPath(api, name)
      setFailure(undefined)
      follow(href, name)
    } catch (error) {
      setFailure(failureOf(error))
    }
  }
  return (
    <>
      <button type="button" class="link" onClick={() => void download()}>
        Download<span class="unseen"> {name}</span>
      </button>
      <FailureNotice failure={failure} />
    </>
  )
}

/** The browser sends no secret with a link, so the node is asked for a ticket first, which is good once. */
export async function downloadPath(api: Pick<NodeApi, 'post'>, name: string): Promise<string> {
  const { ticket } = await api.post<{ readonly ticket: string }>('/v1/blob/ticket', { ref: name })
  return `/v1/blobs/${encodeURIComponent(name)}?${new URLSearchParams({ ticket })}`
}

function follow(href: string, name: string): void {
  const link = document.createElement('a')
  link.href = href
  // What is refused is not shown in the place of the page then.
  link.download = name.split('/').at(-1) ?? name
  link.click()
}
