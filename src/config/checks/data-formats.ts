/** Kinds of files that data come in; compressed ones are told by their first bytes. */
export const dataFormats = ['csv', 'tsv', 'jsonl', 'parquet'] as const
