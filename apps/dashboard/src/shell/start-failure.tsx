import type { VNode } from 'preact'
import type { ApiFailure } from '../api/api-failure.ts'
import { FailureNotice } from '../parts/notice.tsx'

/** The page is there, and its node is not. */
export function StartFailure({ failure, onRetry }: StartFailureProps): VNode {
  return (
    <main class="alone">
      <h1>Flotilla</h1>
      <FailureNotice failure={failure} />
      <button type="button" class="primary" onClick={onRetry}>
        Try again
      </button>
    </main>
  )
}

interface StartFailureProps {
  readonly failure: ApiFailure
  readonly onRetry: () => void
}
