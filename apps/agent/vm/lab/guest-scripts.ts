/** Loaded in this order; each needs those before it. */
export const kernelModules = [
  'virtio_ring',
  'virtio',
  'virtio_pci_modern_dev',
  'virtio_pci_legacy_dev',
  'virtio_pci',
  'virtio_console',
] as const

/** The port on which a shell of the guest answers the tests. */
export const shellPort = 'org.flotilla.lab.0'
export const ownPort = 'org.flotilla.agent.0'
export const qgaPort = 'org.qemu.guest_agent.0'

/** Ends what a command of the lab's shell has printed; the exit status follows. */
export const shellMark = '\u0001'

interface GuestScriptOptions {
  /** A line of shell. */
  readonly agent: string
  /** Names, loaded after those that every guest has. */
  readonly modules: readonly string[]
  readonly start: string
}

const startScript = ({ modules, start }: GuestScriptOptions): string => `#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t cgroup2 cgroup /sys/fs/cgroup
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
ip link set lo up
hostname flotilla-guest
for module in ${[...kernelModules, ...modules].join(' ')}; do insmod /lib/modules/$module.ko; done
${start}
`

/** Prints the device of a port, as there is no udev to make links. */
const portScript = `#!/bin/sh
for folder in /sys/class/virtio-ports/*; do
  [ "$(cat $folder/name)" = "$1" ] && echo /dev/\${folder##*/}
done
`

/** Reading gives the end at once while the host is away. */
const shellScript = `#!/bin/sh
exec 3<>$(/lab/port ${shellPort}) || exit 1
while :; do
  if IFS= read -r line <&3; then
    (eval "$line") >/tmp/lab-output 2>&1 </dev/null 3>&-
    status=$?
    { cat /tmp/lab-output; printf '\\001%s\\n' "$status"; } >&3
  else
    sleep 0.2
  fi
done
`

const inittab = `::sysinit:/lab/start
::respawn:/lab/shell
::respawn:/lab/agent
`

/** Also what commands of the agent look for; busybox has no shutdown. */
const shutdownScript = `#!/bin/sh
case " $* " in
  *" -r "*) reboot ;;
  *) poweroff ;;
esac
`

/** Keeps init from starting it again and again where the lab wants to start it by itself. */
export const noAgent = 'exec sleep 1000000'

/** Texts of the guest, by path; all may be executed. */
export function guestScripts(options: GuestScriptOptions): Readonly<Record<string, string>> {
  return {
    init: '#!/bin/sh\nexec /bin/busybox init\n',
    'lab/start': startScript(options),
    'lab/port': portScript,
    'lab/shell': shellScript,
    'lab/agent': `#!/bin/sh\nexec 2>/dev/console\n${options.agent}\n`,
    'etc/inittab': inittab,
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nguest:x:1000:1000:guest:/tmp:/bin/sh\n',
    'etc/group': 'root:x:0:\nguest:x:1000:\n',
    'etc/shadow': 'root:*:19000:0:99999:7:::\nguest:*:19000:0:99999:7:::\n',
    'etc/os-release':
      'ID=flotilla-lab\nNAME="Flotilla laboratory"\nPRETTY_NAME="Flotilla laboratory"\nVERSION_ID="1"\n',
    'sbin/shutdown': shutdownScript,
  }
}
