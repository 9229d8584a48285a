import type { DataColumn } from '../record/data-report.ts'
import { showValue } from './checks/samples.ts'
import { newScan, type Scan } from './checks/scan.ts'
import type { Engine, SqlRow, SqlValue } from './engine/engine.ts'
import type { Relation, RelationColumn } from './relation.ts'

/** Missing values, smallest and largest value of every column, in one scan of their own. */
export async function describeColumns(
  engine: Engine,
  data: Relation,
  sensitive: ReadonlySet<string>,
): Promise<DataColumn[]> {
  const scan = newScan(data)
  const describe = columnsInScan(scan, data, sensitive)
  const { values } = await scan.run(engine)
  return describe(values)
}

/** The same in a scan that others use too; gives how to read its values. Texts have no range that says anything. */
export function columnsInScan(
  scan: Scan,
  data: Relation,
  sensitive: ReadonlySet<string>,
): (values: SqlRow) => DataColumn[] {
  const keys = data.columns.map((column) => ({
    column,
    nulls: scan.add(`count(*) FILTER (WHERE ${column.isNull})`),
    min: hasRange(column) ? scan.add(`min(${column.sql})`) : undefined,
    max: hasRange(column) ? scan.add(`max(${column.sql})`) : undefined,
  }))
  return (values) =>
    keys.map(({ column, nulls, min, max }) => {
      const hidden = sensitive.has(column.name)
      const figure = (key: string | undefined): number | string | null =>
        hidden || key === undefined ? null : asFigure(values[key] ?? null)
      return {
        name: column.name,
        kind: column.kind,
        type: column.nativeType,
        nulls: Number(values[nulls] ?? 0),
        sensitive: hidden,
        min: figure(min),
        max: figure(max),
      }
    })
}

function hasRange({ kind }: RelationColumn): boolean {
  return ['integer', 'decimal', 'number', 'date', 'timestamp'].includes(kind)
}

/** Numbers as JSON has them; whole numbers that it would round, and what it has no place for, as text. */
function asFigure(value: SqlValue): number | string | null {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return showValue(value)
}
