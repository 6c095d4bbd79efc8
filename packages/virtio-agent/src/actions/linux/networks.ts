import type { QgaInterface, QgaRoute } from '../../qga/contract.ts'
import { numberIn, type MachineFiles } from './machine-files.ts'
import { parseSixAddresses } from './parsing/addresses.ts'
import { parseLocalAddresses, placeOfAddress, type FourAddress } from './parsing/local-addresses.ts'
import { parseNetworkCounters } from './parsing/network-counters.ts'
import { parseFourRoutes, parseSixRoutes } from './parsing/routes.ts'

/** IPv4 is in no file together with its interface: the system is asked. It leaves out those without a carrier. */
export type AskFourAddresses = () => readonly FourAddress[]

/** All interfaces, whether they are up or not, in the order in which the kernel counts them. */
export async function interfacesOf(
  files: MachineFiles,
  askFour: AskFourAddresses,
  isBigEndian: boolean,
  listedMax: number,
): Promise<readonly QgaInterface[]> {
  const folder = '/sys/class/net'
  const [found, sixes, counters] = await Promise.all([
    files.names(folder),
    files.text('/proc/net/if_inet6'),
    files.text('/proc/net/dev'),
  ])
  const running = askFour()
  const fours = [...running, ...(await withoutCarrier(files, running, isBigEndian))]
  const six = parseSixAddresses(sixes ?? '')
  const statistics = parseNetworkCounters(counters ?? '')
  const all = await Promise.all(
    found.slice(0, listedMax).map(async (name) => {
      const [index, address] = await Promise.all([
        numberIn(files, `${folder}/${name}/ifindex`),
        files.text(`${folder}/${name}/address`),
      ])
      // What is no interface, as the file `bonding_masters`, has no number.
      if (index === undefined) return undefined
      const hardware = address?.trim() ?? ''
      const counted = statistics.get(name)
      const described = {
        name,
        ...(hardware === '' ? {} : { hardwareAddress: hardware }),
        addresses: [
          ...fours.filter((four) => nameOf(four.interface) === name).map(of('ipv4')),
          ...six.filter((each) => each.interface === name).map(of('ipv6')),
        ],
        ...(counted === undefined ? {} : { statistics: counted }),
      }
      return { index, described }
    }),
  )
  return all
    .filter((each) => each !== undefined)
    .toSorted((one, other) => one.index - other.index)
    .map((each) => each.described)
}

/** Addresses that are ours and of none that was told: they are found by the network that they are in. */
async function withoutCarrier(
  files: MachineFiles,
  known: readonly FourAddress[],
  isBigEndian: boolean,
): Promise<readonly FourAddress[]> {
  const [locals, routes] = await Promise.all([files.text('/proc/net/fib_trie'), files.text('/proc/net/route')])
  const told = new Set(known.map(({ address }) => address))
  const missing = [...parseLocalAddresses(locals ?? '')].filter((address) => !told.has(address))
  if (missing.length === 0) return []
  const parsed = parseFourRoutes(routes ?? '', isBigEndian)
  return missing.map((address) => placeOfAddress(address, parsed)).filter((each) => each !== undefined)
}

type Address = QgaInterface['addresses'][number]

function of(type: Address['type']): (address: Omit<Address, 'type'>) => Address {
  return ({ address, prefix }) => ({ type, address, prefix })
}

/** A second address once had a name of its own, as `eth0:1`. */
function nameOf(label: string): string {
  return label.split(':')[0] ?? label
}

export async function routesOf(
  files: MachineFiles,
  isBigEndian: boolean,
  listedMax: number,
): Promise<readonly QgaRoute[]> {
  const [four, six] = await Promise.all([files.text('/proc/net/route'), files.text('/proc/net/ipv6_route')])
  return [...parseFourRoutes(four ?? '', isBigEndian), ...parseSixRoutes(six ?? '')].slice(0, listedMax)
}
