/** The real world: devices, sockets, processes, files. */
export { chosenWay, deviceChannel, type DeviceChannelOptions } from './ports/node-device-channel.ts'
export { socketChannel, type SocketChannelOptions, type SocketPlace } from './ports/node-socket-channel.ts'
export { readPortListing } from './ports/node-port-listing.ts'
export { nodeLineCipher } from './own/node-line-cipher.ts'
export { nodePacking } from './own/node-packing.ts'
