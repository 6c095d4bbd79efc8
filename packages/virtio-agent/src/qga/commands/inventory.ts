import type { ExactJson } from '../../lines/index.ts'
import { offered, type QgaCommand } from '../command.ts'
import type { QgaDisk, QgaDiskAddress, QgaFileSystem, QgaInterface, QgaRoute } from '../contract.ts'
import { present } from '../present.ts'

/** What the machine is made of: disks, file systems, networks, users. */
export const inventory: readonly QgaCommand[] = [
  {
    name: 'guest-network-get-interfaces',
    arguments: {},
    isOffered: (system) => system.interfaces !== undefined,
    run: async ({ system }) => (await offered(system.interfaces?.())).map(interfaceReply),
  },
  {
    name: 'guest-network-get-route',
    arguments: {},
    isOffered: (system) => system.routes !== undefined,
    run: async ({ system }) => (await offered(system.routes?.())).map(routeReply),
  },
  {
    name: 'guest-get-disks',
    arguments: {},
    isOffered: (system) => system.disks !== undefined,
    run: async ({ system }) => (await offered(system.disks?.())).map(diskReply),
  },
  {
    name: 'guest-get-fsinfo',
    arguments: {},
    isOffered: (system) => system.fileSystems !== undefined,
    run: async ({ system }) => (await offered(system.fileSystems?.())).map(fileSystemReply),
  },
  {
    name: 'guest-get-host-name',
    arguments: {},
    isOffered: (system) => system.hostName !== undefined,
    run: async ({ system }) => ({ 'host-name': await offered(system.hostName?.()) }),
  },
  {
    name: 'guest-get-timezone',
    arguments: {},
    isOffered: (system) => system.timezone !== undefined,
    async run({ system }) {
      const { zone, offsetSeconds } = await offered(system.timezone?.())
      return present({ zone, offset: offsetSeconds })
    },
  },
  {
    name: 'guest-get-users',
    arguments: {},
    isOffered: (system) => system.users !== undefined,
    run: async ({ system }) =>
      (await offered(system.users?.())).map(({ user, domain, loginTimeSeconds }) =>
        present({ user, domain, 'login-time': loginTimeSeconds }),
      ),
  },
  {
    name: 'guest-get-osinfo',
    arguments: {},
    isOffered: (system) => system.osInfo !== undefined,
    async run({ system }) {
      const info = await offered(system.osInfo?.())
      return present({
        'kernel-release': info.kernelRelease,
        'kernel-version': info.kernelVersion,
        machine: info.machine,
        id: info.id,
        name: info.name,
        'pretty-name': info.prettyName,
        version: info.version,
        'version-id': info.versionId,
        variant: info.variant,
        'variant-id': info.variantId,
      })
    },
  },
]

function interfaceReply({ name, hardwareAddress, addresses, statistics }: QgaInterface): ExactJson {
  return present({
    name,
    'hardware-address': hardwareAddress,
    'ip-addresses':
      addresses.length === 0
        ? undefined
        : addresses.map(({ type, address, prefix }) => ({ 'ip-address-type': type, 'ip-address': address, prefix })),
    statistics: statistics && {
      'rx-bytes': statistics.receivedBytes,
      'rx-packets': statistics.receivedPackets,
      'rx-errs': statistics.receiveErrors,
      'rx-dropped': statistics.receiveDrops,
      'tx-bytes': statistics.sentBytes,
      'tx-packets': statistics.sentPackets,
      'tx-errs': statistics.sendErrors,
      'tx-dropped': statistics.sendDrops,
    },
  })
}

function routeReply(route: QgaRoute): ExactJson {
  const { destination, metric, gateway, mask, source, prefixLength, version } = route
  const isSix = version === 6
  return present({
    iface: route.interface,
    destination,
    metric,
    version,
    mask,
    gateway: isSix ? undefined : gateway,
    // The original has other names for those of IPv6, and says the length as a text.
    nexthop: isSix ? gateway : undefined,
    desprefixlen: prefixLength?.toString(),
    source,
  })
}

function diskReply({ name, isPartition, dependencies, address, alias }: QgaDisk): ExactJson {
  return present({
    name,
    partition: isPartition,
    dependencies,
    address: address && addressReply(address),
    alias,
  })
}

function fileSystemReply(fileSystem: QgaFileSystem): ExactJson {
  const { name, mount, type, usedBytes, totalBytes, totalBytesPrivileged, disks } = fileSystem
  return present({
    name,
    mountpoint: mount,
    type,
    'used-bytes': usedBytes,
    'total-bytes': totalBytes,
    'total-bytes-privileged': totalBytesPrivileged,
    disk: disks.map(addressReply),
  })
}

/** libvirt refuses the whole reply where one of the numbers is not there. */
function addressReply({ pci, busType, bus, target, unit, serial, device }: QgaDiskAddress): ExactJson {
  return present({
    'pci-controller': { domain: pci.domain, bus: pci.bus, slot: pci.slot, function: pci.function },
    'bus-type': busType,
    bus,
    target,
    unit,
    serial,
    dev: device,
  })
}
