/** What a Linux guest shows of its virtio ports; taken once, looked at by pure functions. */
export interface PortListing {
  /** The links in `/dev/virtio-ports`, which are udev's work; undefined where there is no such folder. */
  readonly links: readonly PortLink[] | undefined
  /** `/sys/class/virtio-ports/*`; undefined where there is no such folder. A port without a name has an empty one. */
  readonly named: readonly NamedPort[] | undefined
  /** `/dev/vport*p*`. */
  readonly devices: readonly DeviceFacts[]
  /** Of those that matter here, the kernel modules that are loaded or built in. */
  readonly modules: readonly string[]
  readonly userId: number
}

export interface PortLink {
  readonly name: string
  /** Where it leads: `/dev/vport0p1`; undefined where that is not there. */
  readonly device: string | undefined
}

export interface NamedPort {
  /** `vport0p1` */
  readonly device: string
  readonly name: string
}

export interface DeviceFacts {
  readonly path: string
  /** As `ls -l` would show it: `crw-------`. */
  readonly mode: string
  readonly userId: number
  readonly groupId: number
  /** Whether we may read and write it, by its permissions alone; another program may still have it. */
  readonly isOurs: boolean
}

/** What the ports need, in the order in which they are loaded. */
export const portModules = ['virtio_ring', 'virtio', 'virtio_pci', 'virtio_console'] as const
