import type { Relation } from '../../../src/data/relation.ts'
import { type Others, values } from './run.ts'

/** Data on which the examples of docs/data-checks.md pass and fail, by the type of check. SQL, or a relation. */

type Data = string | Relation
type Failing = { name: string; data: Data } & Others
export type Case = Others & { pass: Data; fail: Data | Failing | Failing[] }

const emptyFile: Partial<Relation> = {
  files: ['data/train.csv'],
  bytes: 0,
  sha256: async () => 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
}
const file = (more: Partial<Relation>): Relation => ({
  name: 'data/train.csv',
  sql: 'nothing',
  columns: [],
  rows: 0,
  malformed: { count: 0, first: [] },
  locate: async () => [],
  files: [],
  bytes: 0,
  notes: [],
  ...emptyFile,
  ...more,
})

/** A label of two classes with a column that does not tell it, and one that may. */
const churned = (feature: string): string =>
  `SELECT i AS id, i % 2 = 0 AS churned, i % 7 AS visits, ${feature} AS reason FROM range(200) AS r(i)`

export const cases: Record<string, Case> = {
  columns: {
    pass: 'SELECT 1 AS id, 2 AS amount',
    fail: [
      { name: 'a column that is missing', data: 'SELECT 1 AS id' },
      { name: 'one more column', data: 'SELECT 1 AS id, 2 AS amount, 3 AS more' },
      { name: 'another order', data: 'SELECT 2 AS amount, 1 AS id' },
    ],
  },
  type: { pass: 'SELECT 1 AS amount, 1.5 AS tax', fail: "SELECT 1 AS amount, '1.5' AS tax" },
  'not-null': {
    pass: 'SELECT i AS id, CASE WHEN i > 0 THEN 1 END AS amount FROM range(100) AS r(i)',
    fail: 'SELECT i AS id, CASE WHEN i > 1 THEN 1 END AS amount FROM range(100) AS r(i)',
  },
  'required-rows': {
    pass: values('email, phone', "'a@b.c', NULL", "NULL, '1'"),
    fail: values('email, phone', "'a@b.c', '1'", 'NULL, NULL'),
  },
  range: {
    pass: values('age, born', "0, DATE '1900-01-01'", 'NULL, NULL', "129, DATE '2000-01-01'"),
    fail: [
      { name: 'a value on the bound that is not included', data: values('age, born', "130, DATE '1950-01-01'") },
      { name: 'an earlier day', data: values('age, born', "1, DATE '1899-12-31'") },
    ],
  },
  in: { pass: values('country', "'DE'", 'NULL'), fail: values('country', "'DE'", "'de'") },
  'not-in': { pass: values('age', '1', 'NULL'), fail: values('age', '1', '999') },
  regex: { pass: values('"user"', "'u_12345678'", 'NULL'), fail: values('"user"', "'u_123456789'") },
  'not-regex': { pass: values('note', "'fine'", 'NULL'), fail: values('note', "'Lorem Ipsum dolor'") },
  format: { pass: values('email', "'a.b+c@example.org'", 'NULL'), fail: values('email', "'a@b@example.org'") },
  length: { pass: values('code', "'\u00e4\u00f6\u00fc'", "'\u{1f600}b'"), fail: values('code', "'a'") },
  finite: { pass: values('score', '1.5::DOUBLE', 'NULL'), fail: values('score', "'nan'::DOUBLE", "'-inf'::DOUBLE") },
  'not-blank': { pass: values('name', "' a '", 'NULL'), fail: values('name', "' \t\u00a0'") },
  'no-control-characters': { pass: values('note', "'a\tb\nc'"), fail: values('note', "'a' || chr(7)") },
  'no-encoding-damage': { pass: values('name', "'M\u00fcller'"), fail: values('name', "'M\u00c3\u00bcller'") },
  'no-future': {
    pass: values('created', "TIMESTAMP '2026-03-15 12:04:00'"),
    fail: values('created', "TIMESTAMP '2026-03-15 12:06:00'"),
  },
  increasing: {
    pass: values('ts, device', '1, 1', '9, 2', 'NULL, 1', '1, 1', '9, 2'),
    fail: values('ts, device', '1, 1', '9, 2', '2, 1', '8, 2'),
  },
  decreasing: { pass: values('rank', '3', '2', 'NULL', '1'), fail: values('rank', '3', '3') },
  expr: {
    pass: values('ordered_at, shipped_at, status', "1, 2, 'shipped'", "1, 0, 'open'", "1, NULL, 'shipped'"),
    fail: values('ordered_at, shipped_at, status', "1, 0, 'shipped'"),
  },
  'sum-equals': {
    pass: values('net, tax, gross', '1.00, 0.19, 1.19', '1.00, NULL, 7', '1.00, 0.19, 1.185'),
    fail: values('net, tax, gross', '1.00, 0.19, 1.20'),
  },
  outliers: {
    pass: 'SELECT i AS price FROM range(100) AS r(i)',
    fail: 'SELECT CASE WHEN i < 6 THEN 10000 + i ELSE i END AS price FROM range(100) AS r(i)',
  },
  file: {
    pass: file({}),
    fail: [
      { name: 'another file', data: file({ sha256: async () => '0'.repeat(64) }) },
      { name: 'a larger file', data: file({ bytes: 100_001 }) },
    ],
  },
  rows: {
    pass: 'SELECT * FROM range(4)',
    reference: 'SELECT * FROM range(8)',
    fail: [
      { name: 'too few', data: 'SELECT 1', reference: 'SELECT 1' },
      { name: 'less than half of the reference', data: 'SELECT * FROM range(3)' },
      { name: 'more than twice the reference', data: 'SELECT * FROM range(17)' },
    ],
  },
  'column-count': { pass: 'SELECT 1 AS a, 2 AS b', fail: 'SELECT 1 AS a, 2 AS b, 3 AS c, 4 AS d' },
  unique: {
    pass: values('"order", line', '1, 1', '1, 2', 'NULL, 1', 'NULL, 1'),
    fail: values('"order", line', '1, 1', '1, 2', '1, 1'),
  },
  duplicates: {
    pass: values('a, b, loaded_at', '1, NULL, 1', '2, NULL, 2', '3, NULL, 2'),
    fail: values('a, b, loaded_at', '1, NULL, 1', '1, NULL, 2', '3, NULL, 2'),
  },
  'max-age': {
    pass: values('created', "TIMESTAMP '2026-03-14 10:00:00'", "TIMESTAMP '2020-01-01'"),
    fail: [
      { name: 'old data', data: values('created', "TIMESTAMP '2026-03-14 09:59:59'") },
      {
        name: 'old data with one value in the future',
        data: values('created', "DATE '2020-01-01'", "DATE '2099-01-01'"),
      },
    ],
  },
  gaps: {
    pass: values('day', "DATE '2024-02-28'", "DATE '2024-03-01'", "DATE '2024-02-29'", 'NULL'),
    fail: values('day', "DATE '2024-02-28'", "DATE '2024-03-01'"),
  },
  aggregate: {
    pass: values('income', '11', '13', 'NULL'),
    reference: values('income', '10'),
    fail: [
      { name: 'too small a mean', data: values('income', '9', '10') },
      { name: 'one too far from the reference', data: values('income', '12', '13') },
    ],
  },
  quantile: {
    pass: 'SELECT CASE WHEN i < 5 THEN 900 ELSE 250 END AS latency FROM range(100) AS r(i)',
    fail: 'SELECT CASE WHEN i < 6 THEN 900 ELSE 250 END AS latency FROM range(100) AS r(i)',
  },
  distinct: {
    pass: values('country', "'DE'", "'FR'", "'FR'", 'NULL'),
    fail: [
      { name: 'one value', data: values('country', "'DE'", "'DE'", 'NULL') },
      { name: 'too many', data: values('country', "'DE'", "'FR'", "'IT'", 'NULL') },
    ],
  },
  'most-common': {
    pass: values('country', "'DE'", "'DE'", "'DE'", "'DE'", "'FR'", 'NULL'),
    fail: values('country', "'DE'", "'DE'", "'DE'", "'DE'", "'DE'", "'FR'"),
  },
  'not-constant': {
    pass: values('flag', 'true', 'NULL'),
    fail: [
      { name: 'one value', data: values('flag', 'true', 'true') },
      { name: 'no value', data: 'SELECT CAST(NULL AS BOOLEAN) AS flag FROM range(3)' },
      { name: 'almost one value', data: 'SELECT i = 0 AS flag FROM range(11) AS r(i)' },
    ],
  },
  'in-table': {
    pass: values('country', "'DE'", 'NULL'),
    others: { countries: values('code', "'DE'", "'FR'", 'NULL') },
    fail: values('country', "'DE'", "'XX'"),
  },
  'matches-table': {
    pass: values('a, b', "1, 'x'", '2, NULL', "1, 'x'"),
    others: { 'data/expected.csv': values('b, a', "'x', 1", 'NULL, 2', "'x', 1") },
    fail: [
      { name: 'another number of equal rows', data: values('a, b', "1, 'x'", '2, NULL', '2, NULL') },
      { name: 'a row less', data: values('a, b', "1, 'x'", '2, NULL') },
      { name: 'other columns', data: values('a, c', "1, 'x'") },
    ],
  },
  'schema-compatible': {
    pass: 'SELECT 1.5::DOUBLE AS a, 1 AS b',
    reference: 'SELECT 1 AS a',
    fail: [
      { name: 'a narrower type', data: 'SELECT 1 AS a', reference: 'SELECT 1.5::DOUBLE AS a' },
      { name: 'a column less', data: 'SELECT 1 AS b' },
    ],
  },
  sql: {
    pass: values('customer, amount', '1, 5', '1, -5'),
    fail: values('customer, amount', '1, 5', '1, -6'),
  },
  overlap: {
    pass: values('id, a', '1, 1', 'NULL, 2'),
    others: { 'data/eval.csv': values('id, a', '2, 3', 'NULL, 4') },
    fail: [
      { name: 'a key of both', data: values('id, a', '2, 1') },
      { name: 'a row of both under another key', data: values('id, a', '9, 3') },
    ],
  },
  'group-leakage': {
    pass: values('patient', "'a'", 'NULL'),
    others: { 'data/eval.csv': values('patient', "'b'", 'NULL') },
    fail: values('patient', "'a'", "'b'"),
  },
  'time-order': {
    pass: values('ts', "DATE '2024-01-31'", 'NULL'),
    others: { 'data/eval.csv': values('ts', "DATE '2024-02-01'", "DATE '2024-02-09'") },
    fail: values('ts', "DATE '2024-01-31'", "DATE '2024-02-01'"),
  },
  'conflicting-labels': {
    pass: values('id, a, b, label', "1, 1, NULL, 'x'", "2, 1, NULL, 'x'", "3, 2, NULL, 'y'", '4, 1, NULL, NULL'),
    fail: values('id, a, b, label', "1, 1, NULL, 'x'", "2, 1, NULL, 'y'", "3, 2, NULL, 'y'"),
  },
  leakage: {
    pass: churned("'r' || (i % 5)"),
    fail: [
      { name: 'a text that tells the label', data: churned("CASE WHEN i % 2 = 0 THEN 'moved' ELSE 'none' END") },
      { name: 'a number that orders the label', data: churned('i % 2 * 100 + i % 11') },
      { name: 'a value that is missing where the label is true', data: churned('CASE WHEN i % 2 = 1 THEN i % 11 END') },
    ],
  },
  'class-balance': {
    pass: 'SELECT i < 10 AS label FROM range(100) AS r(i)',
    fail: [
      { name: 'a rare class', data: 'SELECT i < 9 AS label FROM range(100) AS r(i)' },
      { name: 'one class', data: 'SELECT true AS label FROM range(100) AS r(i)' },
    ],
  },
  'id-like': {
    pass: 'SELECT i AS id, i % 50 AS age FROM range(100) AS r(i)',
    fail: "SELECT i AS id, 'u' || i AS who FROM range(100) AS r(i)",
  },
  'new-categories': {
    pass: values('country', "'DE'", 'NULL'),
    reference: values('country', "'DE'", "'FR'"),
    fail: values('country', "'DE'", "'IT'"),
  },
  'label-drift': {
    pass: "SELECT CASE WHEN i % 4 = 0 THEN 'a' ELSE 'b' END AS label FROM range(1000) AS r(i)",
    reference: "SELECT CASE WHEN i % 4 = 0 THEN 'a' ELSE 'b' END AS label FROM range(2000) AS r(i)",
    fail: "SELECT CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END AS label FROM range(1000) AS r(i)",
  },
}

/** For the example at the top of the page. */
export const whole = {
  pass: values(
    'id, email, age, label, status, created_at, paid_at',
    "1, 'a@b.cd', 30, 1, 'paid', 1, 2",
    "2, 'b@b.cd', 40, 0, 'open', 1, NULL",
  ),
  fail: values(
    'id, email, age, label, status, created_at, paid_at',
    "1, 'a', 130, 2, 'paid', 2, 1",
    "1, 'b@b.cd', NULL, 0, 'open', 1, NULL",
  ),
}
