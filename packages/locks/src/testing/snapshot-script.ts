/** Brings about every kind of record that a snapshot of a lock machine has. */
export const snapshotScript: string = `a open ttl=60000 delay=100
b open ttl=1000 delay=500
a acquire X exclusive as t value=v
b acquire X shared as t
a permits S 2/3 as t
b acquire D exclusive as u
b acquire R shared as v
a acquire R shared as v
b acquire R exclusive as v
c open ttl=60000
c acquire Q shared
a acquire Q shared as q
a acquire R exclusive as v
+999
a acquire D exclusive as w request=40
+1`
