import { digestOfBytes, shortDigest } from '../base/digest.ts'
import type { HistoryEntry } from './entry.ts'

/** Names of refs and files of the history. See docs/history.md. */

export const inboxPrefix = 'refs/modelgate/inbox/'
export const ledgerRef = 'refs/modelgate/ledger'
/** Where the ledger is kept when the server takes no refs but branches and tags. */
export const ledgerBranch = 'refs/heads/modelgate-history'
export const entryFile = 'run.json'
export const metaFile = 'meta.json'
export const headFile = 'head.ndjson'

/** Summaries in `head.ndjson`. */
export const headLength = 200
/** Entries in a batch. */
export const batchLength = 200

const day = (time: string): string => new Date(time).toISOString().slice(0, 10).replaceAll('-', '')

/** `<yyyy>/<mm>` of a run. */
export function monthOf(time: string): string {
  return new Date(time).toISOString().slice(0, 7).replace('-', '/')
}

/**
 * The name that only this run can take. Legs of a matrix and several pipelines of a job have the same run, attempt and job, so that a part of the
 * digest of the record's id stands behind them.
 */
export function inboxRef({ record, job }: Pick<HistoryEntry, 'record' | 'job'>): string {
  const own = shortDigest(digestOfBytes(record.id))
  const name = job === null ? 'local' : `${job.run}-${job.attempt}-${slug(job.job)}`
  return `${inboxPrefix}${day(record.finishedAt)}/${name}-${own}`
}

function slug(text: string): string {
  return (
    text
      .replace(/[^0-9A-Za-z_]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40) || 'job'
  )
}

export type BatchName = { month: string; file: string; count: number }

/** A batch by its contents: two compactors that store the same entries give the same name. */
export function batchName(month: string, newest: string, lines: readonly string[]): BatchName {
  const at = new Date(newest).toISOString().slice(0, 19).replace(/[-:]/g, '')
  const file = `${at}-${lines.length}-${shortDigest(digestOfBytes(lines.join('')))}.ndjson`
  return { month, file, count: lines.length }
}

export function runsFile({ month, file }: Pick<BatchName, 'month' | 'file'>): string {
  return `runs/${month}/${file}`
}

export function indexFile({ month, file }: Pick<BatchName, 'month' | 'file'>): string {
  return `index/${month}/${file}`
}

const indexPattern = /^index\/(\d{4}\/\d{2})\/(\d{8}T\d{6}-(\d{1,4})-[0-9a-f]{12}\.ndjson)$/
const batchPattern = /^(\d{4}\/\d{2})\/(\d{8}T\d{6}-\d{1,4}-[0-9a-f]{12}\.ndjson)$/

/** The batches of a ledger, newest first. Other files are passed over. */
export function batchesOf(paths: Iterable<string>): BatchName[] {
  const found = [...paths].flatMap((path): BatchName[] => {
    const [, month, file, count] = indexPattern.exec(path) ?? []
    return month === undefined || file === undefined ? [] : [{ month, file, count: Number(count) }]
  })
  return found.sort((one, other) => (one.month + one.file < other.month + other.file ? 1 : -1))
}

/** The batch that a summary names; undefined for what is no name of one. */
export function parseBatch(text: string): Pick<BatchName, 'month' | 'file'> | undefined {
  const [, month, file] = batchPattern.exec(text) ?? []
  return month === undefined || file === undefined ? undefined : { month, file }
}
