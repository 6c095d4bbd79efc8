import { Fragment, type VNode } from 'preact'

/** A sentence of the node, in which commands stand between backticks, as its documentation has them. */
export function Words({ of }: { readonly of: string }): VNode {
  const parts = of.split('`')
  return (
    <>
      {parts.map((part, index) => (
        <Fragment key={index}>{index % 2 === 1 ? <code>{part}</code> : part}</Fragment>
      ))}
    </>
  )
}
