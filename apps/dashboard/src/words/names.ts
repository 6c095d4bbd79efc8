/** How much of an id is enough to tell a few hundred nodes apart. */
const idShownLength = 10

/** What people call a node, or the beginning of its id where nobody has said yet. */
export function nameOf({ id, name }: { readonly id: string; readonly name: string }): string {
  return name === '' ? shortId(id) : name
}

export function shortId(id: string): string {
  return `${id.slice(0, idShownLength)}…`
}
