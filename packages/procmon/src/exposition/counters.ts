import { each, pressureFamily, processorFamily, single, type Family } from './families.ts'

const ofDisk = each('disks', { device: ({ name }) => name })
const ofNetwork = each('networks', { device: ({ name }) => name })

/** What only rises, as node_exporter calls it. */
export const counterFamilies: readonly Family[] = Object.freeze([
  processorFamily,
  single('node_context_switches_total', 'Context switches.', ({ processor }) => processor?.contextSwitches),
  single('node_intr_total', 'Interrupts served.', ({ processor }) => processor?.interrupts),
  single('node_forks_total', 'Processes started.', ({ processor }) => processor?.processesStarted),
  ofDisk('node_disk_reads_completed_total', 'Reads completed.', ({ reads }) => reads),
  ofDisk('node_disk_writes_completed_total', 'Writes completed.', ({ writes }) => writes),
  ofDisk('node_disk_read_bytes_total', 'Bytes read.', ({ readBytes }) => readBytes),
  ofDisk('node_disk_written_bytes_total', 'Bytes written.', ({ writtenBytes }) => writtenBytes),
  ofDisk(
    'node_disk_io_time_seconds_total',
    'Seconds in which something was under way.',
    ({ busyMs }) => busyMs / 1_000,
  ),
  ofNetwork('node_network_receive_bytes_total', 'Bytes received.', ({ receivedBytes }) => receivedBytes),
  ofNetwork('node_network_transmit_bytes_total', 'Bytes sent.', ({ sentBytes }) => sentBytes),
  ofNetwork('node_network_receive_packets_total', 'Packets received.', ({ receivedPackets }) => receivedPackets),
  ofNetwork('node_network_transmit_packets_total', 'Packets sent.', ({ sentPackets }) => sentPackets),
  ofNetwork('node_network_receive_errs_total', 'Errors while receiving.', ({ receiveErrors }) => receiveErrors),
  ofNetwork('node_network_transmit_errs_total', 'Errors while sending.', ({ sendErrors }) => sendErrors),
  ofNetwork('node_network_receive_drop_total', 'Received packets dropped.', ({ receiveDrops }) => receiveDrops),
  ofNetwork('node_network_transmit_drop_total', 'Packets dropped before sending.', ({ sendDrops }) => sendDrops),
  pressureFamily('processor', 'waiting', 'node_pressure_cpu_waiting_seconds_total', 'Seconds somebody waited for it.'),
  pressureFamily('io', 'waiting', 'node_pressure_io_waiting_seconds_total', 'Seconds somebody waited for disks.'),
  pressureFamily('io', 'stalled', 'node_pressure_io_stalled_seconds_total', 'Seconds all waited for disks.'),
  pressureFamily('memory', 'waiting', 'node_pressure_memory_waiting_seconds_total', 'Seconds somebody waited for it.'),
  pressureFamily('memory', 'stalled', 'node_pressure_memory_stalled_seconds_total', 'Seconds all waited for it.'),
])
