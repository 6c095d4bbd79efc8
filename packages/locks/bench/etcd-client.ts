/** A client of etcd as a process. Its lock is a lease and a key: granted, put, revoked. */
import { serve } from '@flotilla/core/testing/node'
import { Etcd3 } from 'etcd3'
import { lockAndUnlock, type Work } from './work.ts'

let client: Etcd3

serve({
  connect(endpoints: string[]) {
    client = new Etcd3({ hosts: endpoints })
  },
  locks: (work: Work) => lockAndUnlock(work, (key) => client.lock(key).do(async () => {})),
})
