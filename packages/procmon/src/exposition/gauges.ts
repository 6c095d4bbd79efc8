import { each, single, type Family } from './families.ts'

const ofFileSystem = each('fileSystems', {
  device: ({ device }) => device,
  fstype: ({ type }) => type,
  mountpoint: ({ mount }) => mount,
})
const ofNetwork = each('networks', { device: ({ name }) => name })
const ofSensor = each('temperatures', { sensor: ({ name }) => name })
const ofPower = each('power', { power_supply: ({ name }) => name })

/** What goes up and down, as node_exporter calls it. */
export const gaugeFamilies: readonly Family[] = Object.freeze([
  single('node_time_seconds', 'The time of the calendar.', ({ wallMs }) => wallMs / 1_000),
  single('node_boot_time_seconds', 'When the machine was started.', ({ wallMs, uptimeMs }) =>
    uptimeMs === undefined ? undefined : Math.round((wallMs - uptimeMs) / 1_000),
  ),
  single('node_load1', 'Load over a minute.', ({ processor }) => processor?.load?.[0]),
  single('node_load5', 'Load over five minutes.', ({ processor }) => processor?.load?.[1]),
  single('node_load15', 'Load over a quarter of an hour.', ({ processor }) => processor?.load?.[2]),
  single('node_procs_running', 'Processes that run or could.', ({ processor }) => processor?.running),
  single('node_procs_blocked', 'Processes that wait for disks.', ({ processor }) => processor?.blocked),
  single('node_memory_MemTotal_bytes', 'All memory.', ({ memory }) => memory?.totalBytes),
  single('node_memory_MemFree_bytes', 'Memory in no use at all.', ({ memory }) => memory?.freeBytes),
  single('node_memory_MemAvailable_bytes', 'What programs could still get.', ({ memory }) => memory?.availableBytes),
  single('node_memory_Cached_bytes', 'Files kept in memory.', ({ memory }) => memory?.cachedBytes),
  single('node_memory_Buffers_bytes', 'Blocks kept in memory.', ({ memory }) => memory?.buffersBytes),
  single('node_memory_SwapTotal_bytes', 'All swap.', ({ memory }) => memory?.swapTotalBytes),
  single('node_memory_SwapFree_bytes', 'Swap in no use.', ({ memory }) => memory?.swapFreeBytes),
  ofFileSystem('node_filesystem_size_bytes', 'Size.', ({ space }) => space?.totalBytes),
  ofFileSystem('node_filesystem_free_bytes', 'Free for root.', ({ space }) => space?.freeBytes),
  ofFileSystem('node_filesystem_avail_bytes', 'Free for others than root.', ({ space }) => space?.availableBytes),
  ofFileSystem('node_filesystem_files', 'Files it can hold.', ({ space }) => space?.files),
  ofFileSystem('node_filesystem_files_free', 'Files it can still hold.', ({ space }) => space?.filesFree),
  ofFileSystem('node_filesystem_readonly', '1 if it is read-only.', ({ isReadOnly }) => Number(isReadOnly)),
  ofFileSystem('node_filesystem_device_error', '1 if it does not answer.', ({ space }) => Number(space === undefined)),
  ofNetwork('node_network_up', '1 if it is up.', ({ isUp }) => Number(isUp)),
  ofNetwork('node_network_speed_bytes', 'Bytes a second that the link is good for.', ({ bitsPerSecond }) =>
    bitsPerSecond === undefined ? undefined : bitsPerSecond / 8,
  ),
  ofSensor('node_hwmon_temp_celsius', 'Temperature.', ({ celsius }) => celsius),
  ofSensor('node_hwmon_temp_crit_celsius', 'Temperature that harms.', ({ criticalCelsius }) => criticalCelsius),
  ofPower('node_power_supply_capacity', 'Charge of the battery, in percent.', ({ batteryPercent }) => batteryPercent),
])
