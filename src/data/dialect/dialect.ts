/**
 * What differs between the databases that checks compile to. Checks are written in the SQL that all of them share, and ask the dialect for
 * the rest; a function that only one of them has stands in its dialect and nowhere else. Every method gives an SQL expression.
 */
export type Dialect = {
  readonly name: 'duckdb' | 'postgres'
  /** A quoted name of a column or table. */
  identifier(name: string): string
  /** A constant. Numbers that are not finite are refused with a RangeError. */
  literal(value: string | number | bigint | boolean | null): string
  /** True where the text matches the regular expression somewhere. */
  matches(text: string, pattern: string): string
  /** The value as text, in the form that samples show. */
  text(expression: string): string
  /** Length in characters (code points), not bytes. */
  characters(text: string): string
  /** True for a floating-point number that is neither NaN nor infinite. */
  isFinite(number: string): string
  isNaN(number: string): string
  /** A double from any number. */
  double(expression: string): string
  /** True where the text is well-formed JSON. */
  isJson(text: string): string
  /** Exact smallest value below or at which the share `q` (0 to 1) of the rows lies: an aggregate, the same whatever the order of rows. */
  quantile(expression: string, q: number): string
  /** Whole seconds since 1970-01-01T00:00:00Z of a date or timestamp. */
  epochSeconds(expression: string): string
  /** What stands in OVER for functions such as `lag` over all rows in the order of `row`; may rely on the order in which rows are read. */
  rowOrder(row: string): string
  /** A 64-bit number from any value, the same in every run: for sampling, never as proof that two values are equal. */
  hash(expressions: readonly string[]): string
  /**
   * A query that counts the values of a column of doubles, NULL left out, over bins: rows of `mg_bin`, the number of edges at or below the
   * value, and `mg_count`. The edges ascend; bins without rows may be missing.
   */
  binCounts(from: string, expression: string, edges: readonly number[]): string
  /** The smallest `count` values as a list: an aggregate. Undefined where the database has none: then a query of its own finds them. */
  smallest?(expression: string, count: number): string
}
