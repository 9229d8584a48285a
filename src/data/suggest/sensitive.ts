/** Words in the name of a column that mostly stand for a person or a secret. A wrong guess costs a line; a missed one may cost a name. */
const words = new Set(
  [
    'address birthday birthdate card cell credential dob email firstname fullname iban ip lastname latitude longitude mail',
    'mobile name nin passport password phone postcode secret signature sin ssn street surname telephone token username zip zipcode',
  ]
    .join(' ')
    .split(' '),
)

/** Names of things rather than persons. */
const harmless = new Set('class column city country event feature file group host model product table type'.split(' '))

/** Whether the values of a column look as if nobody else should see them, from its name. */
export function looksSensitive(name: string): boolean {
  const parts = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
  return parts.some((part) => words.has(part)) && !parts.some((part) => harmless.has(part))
}
