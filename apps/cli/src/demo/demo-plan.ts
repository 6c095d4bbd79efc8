import { join } from 'node:path'

/** One of the nodes of a demonstration, and how it is started. */
export interface PlannedNode {
  readonly name: string
  readonly folder: string
  /** Of its page and API. */
  readonly port: number
  readonly meshPort: number
  /** What its program is given. */
  readonly flags: readonly string[]
  /** What it writes down. */
  readonly log: string
}

/** Where demonstrations are, below the current folder, unless somebody says otherwise. */
export const demoFolderUsual = '.flotilla/demo'
/** The first is the one that commands ask where nobody names a node. */
export const demoNames: readonly string[] = ['one', 'two', 'three']

/** As many of each kind as there are nodes. */
export interface DemoPorts {
  readonly pages: readonly number[]
  readonly mesh: readonly number[]
}

/**
 * Each node is told where the others are on this machine, so that they meet with no network, and through any firewall;
 * for machines that join later they listen on every address and send beacons as every node does.
 */
export function planDemo(folder: string, { pages, mesh }: DemoPorts): readonly PlannedNode[] {
  return demoNames.map((name, index) => {
    const [port = 0, meshPort = 0] = [pages[index], mesh[index]]
    const data = join(folder, name)
    const others = mesh.filter((other) => other !== meshPort)
    const flags = [
      '--json',
      // What this machine's own node is told is not for these.
      '--config=off',
      `--data=${data}`,
      `--name=${name}`,
      `--port=${port}`,
      `--mesh-port=${meshPort}`,
      // They begin together and there is nobody else, so that nobody has to be waited for.
      '--steady-seconds=1',
      ...others.flatMap((other) => ['--peer', `127.0.0.1:${other}`]),
      // One looks into the virtual machines of this machine; three would show each of them three times.
      ...(index === 0 ? [] : ['--vm-channels', 'off']),
    ]
    return { name, folder: data, port, meshPort, flags, log: join(folder, `${name}.log`) }
  })
}
