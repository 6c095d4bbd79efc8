import type { Mount } from './parsing/mount-info.ts'

/**
 * What has no space of its own, shows another file system, or is full by nature: as `node_exporter` leaves out by
 * default. Looking at one of `autofs` would even mount it.
 */
const leftOutTypes: ReadonlySet<string> = new Set([
  'autofs',
  'binfmt_misc',
  'bpf',
  'cgroup',
  'cgroup2',
  'configfs',
  'debugfs',
  'devpts',
  'devtmpfs',
  'efivarfs',
  'erofs',
  'fusectl',
  'hugetlbfs',
  'iso9660',
  'mqueue',
  'nsfs',
  'proc',
  'procfs',
  'pstore',
  'rpc_pipefs',
  'securityfs',
  'selinuxfs',
  'squashfs',
  'sysfs',
  'tracefs',
])

const leftOutMounts =
  /^\/(?:dev|proc|sys|run\/credentials\/.+|run\/user\/\d+\/.+|var\/lib\/(?:docker|containers\/storage)\/.+)(?:$|\/)/

/** Whose space is in the kernel's memory, so that asking for it does not wait for a server or another program. */
const localTypes: ReadonlySet<string> = new Set([
  'bcachefs',
  'btrfs',
  'exfat',
  'ext2',
  'ext3',
  'ext4',
  'f2fs',
  'hfsplus',
  'jfs',
  'minix',
  'msdos',
  'nilfs2',
  'ntfs3',
  'overlay',
  'ramfs',
  'reiserfs',
  'rootfs',
  'tmpfs',
  'udf',
  'vfat',
  'xfs',
  'zfs',
])

export function isLocal(mount: Mount): boolean {
  return localTypes.has(mount.type)
}

/**
 * The mounts that are worth a line: each file system once, at the shortest of its paths, and none that another one lies
 * upon. In the order in which they were mounted.
 */
export function fileSystemsOf(mounts: readonly Mount[]): readonly Mount[] {
  const visible = new Map<string, Mount>()
  for (const mount of mounts) {
    visible.delete(mount.mount)
    visible.set(mount.mount, mount)
  }
  const chosen = new Map<string, Mount>()
  for (const mount of visible.values()) {
    if (isLeftOut(mount)) continue
    const former = chosen.get(mount.deviceNumber)
    if (former === undefined || mount.mount.length < former.mount.length) chosen.set(mount.deviceNumber, mount)
  }
  return [...chosen.values()]
}

function isLeftOut({ mount, type }: Mount): boolean {
  // The layers of containers show the disk below once more; but to who is inside, theirs is the root.
  if (type === 'overlay') return mount !== '/'
  return leftOutTypes.has(type) || leftOutMounts.test(mount)
}
