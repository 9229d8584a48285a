import { readFile } from 'node:fs/promises'
import { writeFileAtomic } from '../base/files.ts'
import { isObject, prettyJson } from '../base/json.ts'
import type { UploadSessions } from '../registry/channels/oci/blob-upload.ts'

/** More than are ever under way; older ones are dropped first. */
const mostKept = 50

/**
 * Addresses of uploads that are under way, in a file, so that a run goes on where a killed one stopped. It may be lost without harm:
 * an upload then begins again. `scope`: the repository that they are for.
 */
export function uploadSessions(file: string, scope: string): UploadSessions {
  let last: Promise<unknown> = Promise.resolve()
  const keyOf = (digest: string): string => `${scope} ${digest}`
  return {
    get: async (digest) => (await readAll(file)).get(keyOf(digest)),
    set: async (digest, address) => {
      // One at a time: several layers are sent at once, and each change is to the whole file.
      last = last.then(async () => {
        const all = await readAll(file)
        if (address === undefined && !all.has(keyOf(digest))) return
        all.delete(keyOf(digest))
        if (address !== undefined) all.set(keyOf(digest), address)
        await writeFileAtomic(file, prettyJson(Object.fromEntries([...all].slice(-mostKept))))
      })
      await last
    },
  }
}

async function readAll(file: string): Promise<Map<string, string>> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'))
    const entries = Object.entries(isObject(parsed) ? parsed : {})
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch {
    return new Map()
  }
}
