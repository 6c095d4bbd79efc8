import { diskPath, type Disk, type DiskPath } from '../disk/index.ts'

const nameForm = /(?:^|\/)audit-(\d{8})\.log$/

/** The files of a log, the oldest first. */
export async function auditFiles(disk: Disk, folder: DiskPath): Promise<readonly DiskPath[]> {
  return (await disk.list(folder)).filter((path) => nameForm.test(path)).toSorted()
}

export function firstAuditFile(folder: DiskPath): DiskPath {
  return numbered(folder, 1)
}

export function nextAuditFile(folder: DiskPath, last: DiskPath): DiskPath {
  return numbered(folder, Number(nameForm.exec(last)?.[1] ?? 0) + 1)
}

function numbered(folder: DiskPath, number: number): DiskPath {
  return diskPath(`${folder}/audit-${String(number).padStart(8, '0')}.log`)
}
