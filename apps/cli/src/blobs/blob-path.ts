/** Where a node has that blob, by its name or id. */
export function blobPath(ref: string): string {
  return `/v1/blobs/${encodeURIComponent(ref)}`
}
