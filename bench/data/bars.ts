import type { Format, Variant } from './generate.ts'

/** `clean` is our own run on the file without faults, `scans` are two bare scans by DuckDB, `node` is `node -e 0`. */
export type Peer = 'pandas' | 'polars' | 'scans' | 'clean' | 'node'

export type Bar = {
  name: string
  rows: number
  format: Format
  /** The checked file; `current` without it. */
  variant?: Variant
  peer?: Peer
  /** Options of our command beside the files. */
  options?: string[]
  /** Ratios to the peer (`time`, `memory`), a ceiling in MiB, and whether every run prints the same. */
  limits: { time?: number; memory?: number; peakMiB?: number; identical?: true }
}

const [million, tenMillion] = [1_000_000, 10_000_000]

/**
 * What the data checkpoint promises. Types are checked strictly from the text, which is the default. The bars were set with pandas 1.5.3 and
 * scipy 1.10; pandas 3.1 takes about half the time for CSV.
 */
export const bars: readonly Bar[] = [
  { name: 'csv', rows: million, format: 'csv', peer: 'pandas', limits: { time: 0.4 } },
  { name: 'gzip', rows: million, format: 'csv.gz', peer: 'pandas', limits: { time: 0.4 } },
  { name: 'jsonl', rows: million, format: 'jsonl', peer: 'pandas', limits: { time: 0.12 } },
  { name: 'csv-10m', rows: tenMillion, format: 'csv', peer: 'pandas', limits: { time: 0.28 } },
  { name: 'parquet-10m', rows: tenMillion, format: 'parquet', peer: 'polars', limits: { time: 0.85, memory: 0.3 } },
  { name: 'scans-10m', rows: tenMillion, format: 'csv', peer: 'scans', limits: { time: 4 } },
  {
    name: 'memory-10m',
    rows: tenMillion,
    format: 'csv',
    options: ['--memory-limit', '1GB'],
    limits: { peakMiB: 1.7 * 1024 },
  },
  { name: 'failing', rows: million, format: 'csv', variant: 'failing', peer: 'clean', limits: { time: 1.3 } },
  { name: 'mistyped', rows: million, format: 'csv', variant: 'mistyped', peer: 'clean', limits: { time: 1.3 } },
  { name: 'repeat', rows: million, format: 'csv', limits: { identical: true } },
  { name: 'start', rows: 100, format: 'csv', peer: 'node', limits: { time: 2.5 } },
]
