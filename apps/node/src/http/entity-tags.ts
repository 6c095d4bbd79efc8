/** Whether one of the tags in an `If-Match` or `If-None-Match` is this one (RFC 9110 §13.1); `*` is any that exists. */
export function isTagged(header: string, tag: string | undefined): boolean {
  if (tag === undefined) return false
  const given = header.split(',').map((one) => one.trim())
  // A weak tag stands for something that looks the same; what is found by its content is the same.
  return given.some((one) => one === '*' || one.replace(/^W\//, '') === tag)
}

export function tagOf(id: string): string {
  return `"${id}"`
}
