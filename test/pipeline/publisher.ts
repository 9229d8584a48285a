import { flushCompileCache } from 'node:module'
import { publishModel } from '../../src/pipeline/publish-model.ts'
import type { PublishRequest } from '../../src/pipeline/publish-request.ts'
import { openStateStore } from '../../src/refs/open-state-store.ts'
import { DirectoryChannel } from '../../src/registry/channels/directory.ts'
import { OciChannel } from '../../src/registry/channels/oci/oci.ts'

/**
 * Publishes, and dies by SIGKILL at a step: `publisher.ts {"folder", "run", "remote", "share", "repository", "die"}`. `die` is a step as the observer
 * hears it, `bytes CHANNEL`, or `end`.
 */
const { folder, run, remote, share, repository, die } = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>
const dieAt = (step: string): void => {
  if (step !== die) return
  // What was compiled is for the next one: a process that is killed keeps nothing.
  flushCompileCache()
  process.kill(process.pid, 'SIGKILL')
}
const signal = new AbortController().signal
const request: PublishRequest = {
  workingDirectory: folder ?? '',
  run: run ?? '',
  store: await openStateStore({ workingDirectory: folder ?? '', remote: remote ?? '', signal }),
  by: 'lea',
  now: new Date('2026-03-01T12:00:00Z'),
  signal,
  observer: {
    step: (name, channel) => dieAt(channel === undefined ? name : `${name} ${channel}`),
    bytes: (channel, sent) => {
      if (sent > 0) dieAt(`bytes ${channel}`)
    },
  },
  openChannels: async () => [
    { name: 'share', channel: new DirectoryChannel(share ?? '') },
    ...(repository === undefined ? [] : [{ name: 'oci', channel: new OciChannel(repository, { env: {} }) }]),
  ],
}
await publishModel(request)
dieAt('end')
