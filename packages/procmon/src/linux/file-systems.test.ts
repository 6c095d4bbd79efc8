import { expect, test } from 'vitest'
import { fileSystemsOf, isLocal } from './file-systems.ts'
import type { Mount } from './parsing/mount-info.ts'

let number = 0

function mounted(mount: string, type: string, more: Partial<Mount> = {}): Mount {
  return { mount, type, device: `/dev/${number++}`, isReadOnly: false, deviceNumber: `8:${number}`, ...more }
}

test('what has no space of its own is left out', () => {
  const mounts = [
    mounted('/', 'ext4'),
    mounted('/proc', 'proc'),
    mounted('/sys', 'sysfs'),
    mounted('/sys/fs/cgroup', 'cgroup2'),
    mounted('/dev', 'devtmpfs'),
    mounted('/dev/shm', 'tmpfs'),
    mounted('/run', 'tmpfs'),
    mounted('/run/credentials/a.service', 'ramfs'),
    mounted('/snap/core/1', 'squashfs'),
    mounted('/net', 'autofs'),
    mounted('/var/lib/docker/overlay2/abc/merged', 'overlay'),
    mounted('/var/lib/docker/volumes', 'xfs'),
    mounted('/data', 'xfs'),
    mounted('/process', 'btrfs'),
    mounted('/home/x', 'fuse.sshfs'),
  ]
  expect(fileSystemsOf(mounts).map(({ mount }) => mount)).toEqual(['/', '/run', '/data', '/process', '/home/x'])
})

test('a container’s root is an overlay, and counts', () => {
  expect(fileSystemsOf([mounted('/', 'overlay'), mounted('/etc/hosts', 'ext4')])).toHaveLength(2)
})

test('a file system that is mounted several times is told of once, at its shortest path', () => {
  const same = { deviceNumber: '8:1', device: '/dev/sda1' }
  const found = fileSystemsOf([
    mounted('/srv/files', 'ext4', same),
    mounted('/mnt', 'ext4', same),
    mounted('/srv/jail/mnt', 'ext4', same),
  ])
  expect(found.map(({ mount }) => mount)).toEqual(['/mnt'])
})

test('what another one lies upon cannot be asked, so it is not told of', () => {
  const found = fileSystemsOf([
    mounted('/mnt', 'ext4'),
    mounted('/mnt', 'nfs4'),
    mounted('/x', 'xfs'),
    mounted('/x', 'autofs'),
  ])
  expect(found.map(({ type }) => type)).toEqual(['nfs4'])
})

test('servers and programs may keep one waiting, disks do not', () => {
  const types = [
    'ext4',
    'xfs',
    'tmpfs',
    'rootfs',
    'nfs',
    'nfs4',
    'cifs',
    'smb3',
    'fuse.sshfs',
    'fuseblk',
    '9p',
    'virtiofs',
    'ceph',
    'new',
  ]
  expect(types.filter((type) => isLocal(mounted('/', type)))).toEqual(['ext4', 'xfs', 'tmpfs', 'rootfs'])
})
