/** The real world: devices, sockets, processes, files. */
export { chosenWay, deviceChannel, type DeviceChannelOptions } from './ports/node-device-channel.ts'
export { socketChannel, type SocketChannelOptions, type SocketPlace } from './ports/node-socket-channel.ts'
