import { isMainThread } from 'node:worker_threads'

// Loaded before the program that the launcher starts. If the launcher is killed so hard that it cannot pass anything
// on, this asks the program to stop, so that no node is left running that nobody sees. Worker threads and children of
// the program load this file too and have another parent: they are left alone.
const pollMs = 500
const launcher = Number(process.env['FLOTILLA_LAUNCHER'])

if (isMainThread && process.ppid === launcher) {
  setInterval(() => {
    if (process.ppid !== launcher) process.kill(process.pid, 'SIGTERM')
  }, pollMs).unref()
}
