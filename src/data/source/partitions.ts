import { dataError } from './data-error.ts'

export type Partitions = { names: string[]; values: (string | null)[][] }

/** What Hive and Spark call the folder of rows without a value. */
const nullPartition = '__HIVE_DEFAULT_PARTITION__'

/**
 * Reads `key=value` folders between the folder of a data set and its files. `below` are portable paths relative to that folder. Throws
 * `data/partitions` when files disagree about the keys.
 */
export function partitionsOf(files: readonly { shown: string; below: string }[]): Partitions {
  const pairs = files.map(({ below }) =>
    below
      .split('/')
      .slice(0, -1)
      .map((part) => /^([^=]+)=(.*)$/s.exec(part))
      .filter((match) => match !== null),
  )
  const names = (pairs[0] ?? []).map(([, name]) => decoded(name))
  for (const [index, found] of pairs.entries()) {
    const place = { file: files[index]?.shown ?? '' }
    const keys = found.map(([, name]) => decoded(name))
    if (JSON.stringify(keys) !== JSON.stringify(names))
      throw dataError(
        'partitions',
        `The folders of this file name the partition columns (${keys.join(', ')}), those of "${files[0]?.shown}" name (${names.join(', ')}).`,
        place,
      )
    const twice = keys.find((key, at) => keys.indexOf(key) !== at)
    if (twice !== undefined)
      throw dataError('partitions', `The partition column "${twice}" stands twice in the folders of this file.`, place)
  }
  return { names, values: pairs.map((found) => found.map(([, , value]) => partitionValue(value))) }
}

function partitionValue(text: string | undefined): string | null {
  return text === nullPartition || text === '' ? null : decoded(text)
}

/** Writers escape what a folder name cannot hold as a URL does. */
function decoded(text: string | undefined): string {
  try {
    return decodeURIComponent(text ?? '')
  } catch {
    return text ?? ''
  }
}
