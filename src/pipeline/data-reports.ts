import { digestOfBytes } from '../base/digest.ts'
import { readFileBytes, resolveInside } from '../base/files.ts'
import { firstDifference } from '../base/first-difference.ts'
import { dataReportSchema } from '../record/data-report.ts'
import type { RunRecord } from '../record/run-record.ts'
import { shortenReport } from './data-record.ts'
import { evidenceError } from './evidence-error.ts'

/** Throws `evidence/data` unless what the record says of its data checks is what the whole reports beside it say. */
export async function requireDataReports({ dataChecks }: RunRecord, folder: string): Promise<void> {
  for (const { stage, path, digest, counts, report } of dataChecks) {
    const file = resolveInside(folder, path)
    const bytes = file === undefined ? undefined : await readFileBytes(file, { what: 'The report of a data check' })
    const problem = (text: string) => evidenceError('data', folder, 'run.json', `${text} of stage ${stage}`)
    if (bytes === undefined || digestOfBytes(bytes) !== digest)
      throw problem(`does not name the report that lies beside it, ${path},`)
    const parsed = dataReportSchema.safeParse(readJson(bytes))
    if (!parsed.success || firstDifference(plain({ counts, report }), plain(shortenReport(parsed.data))) !== undefined)
      throw problem(`does not say what ${path} says of the data checks`)
  }
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
