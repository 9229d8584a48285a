import { DirectoryChannel } from '../../src/registry/channels/directory.ts'
import { OciChannel } from '../../src/registry/channels/oci/oci.ts'
import { bundleOf } from './model.ts'

/**
 * Publishes a folder in a process of its own, so that its memory is its own too: `publisher.ts FOLDER oci REPOSITORY`, or
 * `publisher.ts FOLDER directory SHARE`.
 */
const [folder = '', kind = '', place = ''] = process.argv.slice(2)
const begin = performance.now()
// Counted as well: skopeo hashes what it copies.
const bundle = await bundleOf(folder)
const channel = kind === 'oci' ? new OciChannel(place, { env: {} }) : new DirectoryChannel(place)
await channel.check(bundle)
await channel.upload(bundle, { onBytes: () => {}, signal: new AbortController().signal })
await channel.verify(bundle)
await channel.reveal(bundle)
const seconds = (performance.now() - begin) / 1000
console.log(JSON.stringify({ seconds, peakMiB: process.resourceUsage().maxRSS / 1024 }))
