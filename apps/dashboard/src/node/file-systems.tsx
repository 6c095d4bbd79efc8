import type { VNode } from 'preact'
import type { SystemFigures } from '../answers/machine-answers.ts'
import { DataTable, type Column } from '../parts/data-table.tsx'
import { Mark } from '../parts/mark.tsx'
import { Section } from '../parts/section.tsx'
import { Share } from '../parts/share.tsx'
import { sizeText } from '../words/amounts.ts'

type FileSystem = NonNullable<SystemFigures['fileSystems']>[number]

export function FileSystems({ figures }: { readonly figures: SystemFigures }): VNode | undefined {
  const systems = figures.fileSystems ?? []
  if (systems.length === 0) return undefined
  return (
    <Section title="File systems">
      <DataTable label="File systems" columns={columns} rows={systems} keyOf={({ mount }) => mount} />
    </Section>
  )
}

const columns: readonly Column<FileSystem>[] = [
  { title: 'Mounted at', show: ({ mount }) => <code>{mount}</code> },
  {
    title: 'In use',
    show: (each) => (each.isHung ? <Mark tone="bad">does not answer</Mark> : <Share of={usedOf(each)} />),
  },
  { title: 'Free', isNumber: true, show: ({ availableBytes }) => sizeText(availableBytes) },
  { title: 'Of', isNumber: true, show: ({ totalBytes }) => sizeText(totalBytes) },
  { title: 'Type', show: ({ type, isReadOnly }) => `${type}${isReadOnly ? ', read-only' : ''}` },
]

/** What only root may still use counts as used. */
function usedOf({ usedBytes, availableBytes }: FileSystem): number | undefined {
  if (usedBytes === undefined || availableBytes === undefined) return undefined
  return usedBytes / Math.max(1, usedBytes + availableBytes)
}
