import { join } from 'node:path'
import { FlotillaError } from '@flotilla/core/errors'
import type { Gauge } from '@flotilla/core/observe'
import { Prng } from '@flotilla/core/random'
import {
  createDiscovery,
  datagramLanes,
  type Credentials,
  type Discovery,
  type Member,
  type PeerStore,
} from '@flotilla/discovery'
import { sqlitePeerStore, udpDatagrams, type UdpDatagrams } from '@flotilla/discovery/node'
import type { Transport } from '@flotilla/transport'
import type { PostRoute, Route } from '../http/router.ts'
import type { ServiceParts, Service } from './service.ts'
