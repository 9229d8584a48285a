import type { formats } from '../../config/checks/row-checks.ts'
import type { Dialect } from '../dialect/dialect.ts'

type FormatTest = (dialect: Dialect, text: string) => string

const matching =
  (pattern: string): FormatTest =>
  (dialect, text) =>
    dialect.matches(text, pattern)

const label = '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const hostname = `${label}(\\.${label})*`
const octet = '(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])'
const group = '[0-9A-Fa-f]{1,4}'

/** Every day that the Gregorian calendar has, leap years included. */
const day = [
  '[0-9]{4}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])',
  '[0-9]{4}-(0[469]|11)-(0[1-9]|[12][0-9]|30)',
  '[0-9]{4}-02-(0[1-9]|1[0-9]|2[0-8])',
  '([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29',
].join('|')
const time = '([01][0-9]|2[0-3]):[0-5][0-9](:([0-5][0-9]|60)([.,][0-9]{1,9})?)?'
const zone = '(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])?'

/** Compressed forms: `::` stands for as many groups as are missing. */
const ipv6 = [
  `(${group}:){7}${group}`,
  `(${group}:){1,7}:`,
  ...[1, 2, 3, 4, 5, 6].map((before) => `(${group}:){1,${7 - before}}(:${group}){1,${before}}`),
  `:((:${group}){1,7}|:)`,
].join('|')

/** A test of each format, as SQL. Email is what HTML forms accept; a URL has a scheme of the web. */
export const formatTests: Record<(typeof formats)[number], FormatTest> = {
  email: matching(`^[A-Za-z0-9.!#$%&'*+/=?^_\`{|}~-]+@${label}(\\.${label})+$`),
  uuid: matching('^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$'),
  url: matching(`^(https?|ftp)://(${hostname}|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?([/?#][^\\s]*)?$`),
  hostname: matching(`^${hostname}$`),
  ipv4: matching(`^(${octet}\\.){3}${octet}$`),
  ipv6: matching(`^(${ipv6})$`),
  json: (dialect, text) => dialect.isJson(text),
  date: matching(`^(${day})$`),
  datetime: matching(`^(${day})[T ]${time}${zone}$`),
}
