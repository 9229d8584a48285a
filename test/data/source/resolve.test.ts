import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { failure, folder, folderWith, resolveIn, type Settings } from './opening.ts'

const csv = 'id,a\n1,x\n'

async function shown(
  files: Record<string, string | Uint8Array>,
  path: string,
  settings: Settings = {},
): Promise<string[]> {
  const source = await resolveIn(await folderWith(files), path, settings)
  return source.files.map((file) => file.shown)
}

describe('finding files', () => {
  it('takes a file, with its size and its path without links', async () => {
    const root = await folderWith({ 'data/train.csv': csv })
    const source = await resolveIn(root, 'data/train.csv')
    expect(source.files).toEqual([
      { path: join(root, 'data/train.csv'), shown: 'data/train.csv', bytes: 9, partition: [] },
    ])
    expect([source.format, source.compression]).toEqual(['csv', 'none'])
  })

  it('takes all data files below a folder, sorted, without hidden ones and notes', async () => {
    const files = {
      'd/b.csv': csv,
      'd/a.csv': csv,
      'd/sub/c.csv': csv,
      'd/_SUCCESS': '',
      'd/.x.csv': csv,
      'd/README.md': 'text',
    }
    expect(await shown(files, 'd')).toEqual(['d/a.csv', 'd/b.csv', 'd/sub/c.csv'])
  })

  it('takes files without an ending from a folder when the format is given', async () => {
    expect(await shown({ 'd/part-0': csv, 'd/part-1': csv }, 'd', { read: { format: 'csv' } })).toEqual([
      'd/part-0',
      'd/part-1',
    ])
  })

  it.each([
    ['d/*.csv', ['d/a.csv', 'd/b.csv']],
    ['d/?.csv', ['d/a.csv', 'd/b.csv']],
    ['d/**/*.csv', ['d/a.csv', 'd/b.csv', 'd/s/t/c.csv']],
    ['**/c.csv', ['d/s/t/c.csv']],
    ['d/s/*/c.csv', ['d/s/t/c.csv']],
    ['d/[x].csv', ['d/[x].csv']],
  ])('matches %s', async (pattern, expected) => {
    const files = {
      'd/a.csv': csv,
      'd/b.csv': csv,
      'd/bb.txt': csv,
      'd/s/t/c.csv': csv,
      ...(pattern.includes('[') ? { 'd/[x].csv': csv } : {}),
    }
    expect(await shown(files, pattern)).toEqual(expected)
  })

  it('reads partitions from folder names, decoded, with the empty one as null', async () => {
    const root = await folderWith({
      'd/country=US/day=2024-01-01/a.csv': csv,
      'd/country=B%C3%A9/day=__HIVE_DEFAULT_PARTITION__/a.csv': csv,
    })
    const source = await resolveIn(root, 'd')
    expect(source.partitions).toEqual(['country', 'day'])
    expect(source.files.map((file) => file.partition)).toEqual([
      ['Bé', null],
      ['US', '2024-01-01'],
    ])
  })

  it.each([
    ['data.csv', gzipSync(csv), 'csv gzip'],
    ['data.csv.gz', csv, 'csv none'],
    ['data.csv', zstdCompressSync(csv), 'csv zstd'],
    ['data.txt', '{"a":1}\n', 'csv none'],
    ['data', '{"a":1}\n', 'jsonl none'],
    ['data', csv, 'csv none'],
    ['data.jsonl', '{"a":1}\n', 'jsonl none'],
    ['data.ndjson.gz', gzipSync('{"a":1}\n'), 'jsonl gzip'],
    ['data.csv', 'PAR1xxxxPAR1', 'parquet none'],
  ])('tells %s by name and content', async (name, content, expected) => {
    const source = await resolveIn(await folderWith({ [name]: content }), name)
    expect(`${source.format} ${source.compression}`).toBe(expected)
  })

  it('takes a tab as the delimiter of .tsv', async () => {
    const source = await resolveIn(await folderWith({ 'a.tsv': 'a\tb\n' }), 'a.tsv')
    expect([source.format, source.read.delimiter]).toEqual(['csv', '\t'])
  })
})

describe('what cannot be taken', () => {
  const tooLong = `${'x'.repeat(300)}.csv`
  const cases: [string, Record<string, string | Uint8Array>, string, string][] = [
    ['a missing file', {}, 'data/x.csv', 'data/x.csv: The data file does not exist. [data/not-found]'],
    ['a name with NUL', {}, 'a\0b.csv', 'ab.csv: The data file does not exist. [data/not-found]'],
    ['a name that is too long', {}, tooLong, `${tooLong}: The data file does not exist. [data/not-found]`],
    [
      'a file as a folder',
      { 'a.csv': csv },
      'a.csv/x.csv',
      'a.csv/x.csv: The data file does not exist. [data/not-found]',
    ],
    [
      'a folder without data',
      { 'd/README.md': 'x' },
      'd',
      'd: The folder holds no data files. [data/no-files]\n  Data files end with .csv, .tsv, .jsonl or .parquet, and .gz or .zst behind it; "format" takes any name.',
    ],
    [
      'a pattern that nothing matches',
      { 'd/a.csv': csv },
      'd/*.parquet',
      'd/*.parquet: No file matches this pattern. [data/no-match]',
    ],
    ['zero bytes', { 'a.csv': '' }, 'a.csv', 'a.csv: The file is empty: it has zero bytes. [data/empty]'],
    [
      'UTF-16, little end first',
      { 'a.csv': Buffer.from('\ufeffid,a\n1,x\n', 'utf16le') },
      'a.csv',
      'a.csv:1: The text is UTF-16; UTF-8 is expected. [data/encoding]\n  Save it as UTF-8.',
    ],
    [
      'UTF-16, big end first',
      { 'a.csv': Buffer.from('\ufeffid,a\n1,x\n', 'utf16le').swap16() },
      'a.csv',
      'a.csv:1: The text is UTF-16; UTF-8 is expected. [data/encoding]\n  Save it as UTF-8.',
    ],
    [
      'truncated Parquet',
      { 'a.parquet': 'PAR1 and then nothing' },
      'a.parquet',
      'a.parquet: The Parquet file was cut off: it does not end with PAR1. [data/truncated]\n  Write or copy it again.',
    ],
    [
      'Parquet of eight bytes',
      { 'a.parquet': 'PAR1PAR1' },
      'a.parquet',
      'a.parquet: The Parquet file was cut off: it does not end with PAR1. [data/truncated]\n  Write or copy it again.',
    ],
    [
      'CSV called Parquet',
      { 'a.parquet': csv },
      'a.parquet',
      'a.parquet: The file does not begin as Parquet does, with PAR1. [data/format]',
    ],
    [
      'a pointer of Git LFS',
      { 'a.csv': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n' },
      'a.csv',
      'a.csv: The file is a pointer of Git LFS, not the data. [data/format]\n  Check out with "lfs: true", or run "git lfs pull".',
    ],
    [
      'a workbook',
      { 'a.csv': 'PK\u0003\u0004rest' },
      'a.csv',
      'a.csv: The file is a zip archive or an Excel workbook. [data/format]\n  Save it as CSV or Parquet.',
    ],
    [
      'mixed formats',
      { 'd/a.csv': csv, 'd/b.jsonl': '{"a":1}\n' },
      'd',
      'd/b.jsonl: The files of one data set must be alike: this is JSON Lines, but "d/a.csv" is CSV. [data/mixed-formats]',
    ],
    [
      'mixed compression',
      { 'd/a.csv': csv, 'd/b.csv.gz': gzipSync(csv) },
      'd',
      'd/b.csv.gz: The files of one data set must be alike: this is CSV in gzip, but "d/a.csv" is CSV. [data/mixed-formats]',
    ],
    [
      'partitions that differ',
      { 'd/a=1/x.csv': csv, 'd/b=1/x.csv': csv },
      'd',
      'd/b=1/x.csv: The folders of this file name the partition columns (b), those of "d/a=1/x.csv" name (a). [data/partitions]',
    ],
  ]
  it.each(cases)('says so for %s', async (_, files, path, expected) => {
    expect(await failure(resolveIn(await folderWith(files), path))).toBe(expected)
  })

  it('keeps within the workspace, through links and dots', async () => {
    const outside = await folderWith({ 'secret.csv': csv })
    const root = await folderWith({ 'own.csv': csv })
    await symlink(join(outside, 'secret.csv'), join(root, 'link.csv'))
    await symlink(outside, join(root, 'folder'))
    await symlink(join(root, 'own.csv'), join(root, 'inner.csv'))
    const said = (path: string): string =>
      `${path}: The data lie outside of the workspace, or a link leads out of it. [data/outside]\n  Copy the data into the workspace.`
    const within = { within: root }
    expect(await failure(resolveIn(root, 'link.csv', within))).toBe(said('link.csv'))
    expect(await failure(resolveIn(root, 'folder/secret.csv', within))).toBe(said('folder/secret.csv'))
    expect(await failure(resolveIn(root, 'folder', within))).toBe(said('folder/secret.csv'))
    expect(await failure(resolveIn(root, '*.csv', within))).toBe(said('link.csv'))
    expect(await failure(resolveIn(root, join(outside, 'secret.csv'), within))).toContain('[data/outside]')
    expect((await resolveIn(root, 'inner.csv', within)).files[0]?.path).toBe(join(root, 'own.csv'))
    expect((await resolveIn(root, 'link.csv')).files[0]?.path).toBe(join(outside, 'secret.csv'))
  })

  it('reports a link to nothing, and does not follow a circle', async () => {
    const root = await folder()
    await symlink(join(root, 'nowhere.csv'), join(root, 'gone.csv'))
    expect(await failure(resolveIn(root, '*.csv'))).toBe(
      'gone.csv: The data file is a link to nothing. [data/not-found]',
    )
    const circle = await folderWith({ 'd/a.csv': csv })
    await symlink(join(circle, 'd'), join(circle, 'd/again'))
    expect((await resolveIn(circle, 'd')).files.map((file) => file.shown)).toEqual(['d/a.csv'])
  })
})
