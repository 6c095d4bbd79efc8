import { existsSync, readFileSync } from 'node:fs'
import type { GuestImageOptions } from './guest-image.ts'

type Equipment = Required<Pick<GuestImageOptions, 'programs' | 'files' | 'modules' | 'start'>>

const guestZone = 'Europe/Berlin'
/** Who is logged in, and has a home with room for keys. */
export const guestUser = 'captain'
export const guestLoginSeconds = 1_700_000_000
/** Where the first disk is mounted, if there is one. */
export const guestDiskMount = '/srv'
export const guestAddress = '10.0.2.15'

const zoneFile = `/usr/share/zoneinfo/${guestZone}`

/** Programs that are not in busybox. What is missing here is missing in the guest too. */
const programs = [
  { source: '/usr/sbin/chpasswd', path: 'usr/sbin/chpasswd' },
  { source: '/lib/x86_64-linux-gnu/security/pam_unix.so', path: 'lib/x86_64-linux-gnu/security/pam_unix.so' },
]

const start = `
ln -sf ${zoneFile} /etc/localtime
mkdir -p /var ${guestDiskMount} /home/${guestUser}
ln -sfn /run /var/run
chown 1001:1001 /home/${guestUser}
cp /lab/utmp /run/utmp
[ -e /dev/vda ] && mount -t ext4 -o discard /dev/vda ${guestDiskMount}
[ -e /sys/class/net/eth0 ] && ip addr add ${guestAddress}/24 dev eth0 && ip link set eth0 up
`

/** What makes the smallest guest one on which all that an agent may be asked can be done. */
export function guestEquipment(): Equipment {
  const texts = {
    'etc/passwd': `root:x:0:0:root:/root:/bin/sh\n${guestUser}:x:1001:1001::/home/${guestUser}:/bin/sh\n`,
    'etc/group': `root:x:0:\n${guestUser}:x:1001:\n`,
    'etc/shadow': `root:*:19000:0:99999:7:::\n${guestUser}:*:19000:0:99999:7:::\n`,
    'etc/pam.d/chpasswd': 'password required pam_unix.so sha512\n',
    'etc/nsswitch.conf': 'passwd: files\nshadow: files\ngroup: files\n',
  }
  return {
    programs: programs.filter(({ source }) => existsSync(source)),
    files: {
      ...Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)])),
      'lab/utmp': loginRecord(),
      ...(existsSync(zoneFile) ? { [zoneFile.slice(1)]: readFileSync(zoneFile) } : {}),
    },
    modules: [
      'drivers/block/virtio_blk',
      'net/core/failover',
      'drivers/net/net_failover',
      'drivers/net/virtio_net',
      'lib/crc16',
      'crypto/crc32c_generic',
      'fs/mbcache',
      'fs/jbd2/jbd2',
      'fs/ext4/ext4',
    ],
    start,
  }
}

/** One record of utmp(5), as the C library of a PC lays it out: 384 bytes, a process of a user, on the console. */
function loginRecord(): Uint8Array {
  const userProcess = 7
  const record = Buffer.alloc(384)
  record.writeInt16LE(userProcess, 0)
  record.writeInt32LE(1, 4)
  record.write('ttyS0', 8)
  record.write('S0', 40)
  record.write(guestUser, 44)
  record.writeInt32LE(guestLoginSeconds, 340)
  return record
}
