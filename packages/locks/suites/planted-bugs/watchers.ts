/** Who looks for planted bugs: suites of the simulator by name, tests by path. */
export const clients: string = 'locks'
export const sharpClients: string = 'locks-sharp'
export const scripts: string = 'src/machine/golden.test.ts'
export const twin: string = 'src/machine/lock-machine-twin.test.ts'
