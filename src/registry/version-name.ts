import compare from 'semver/functions/compare.js'
import inc from 'semver/functions/inc.js'
import parse from 'semver/functions/parse.js'
import { ModelgateError } from '../base/error.ts'

/**
 * Names of versions: semantic (`1.4.0`, `2.0.0-rc.1`), or by day (`2026.11.23`, and `2026.11.23.2` for the second of that day). What passes here is
 * safe in refs, in tags of git and of OCI registries, in names of files, and in file systems that do not tell small letters from capitals.
 */

export type VersionScheme = 'semver' | 'calendar'
export type VersionBump = 'patch' | 'minor' | 'major'

/** A tag of an OCI registry has 128 characters at most, and a release has a prefix before it. */
const longestVersion = 64

const calendarPattern = /^([1-9]\d{3})\.([1-9]|1[0-2])\.([1-9]|[12]\d|3[01])(?:\.([2-9]|[1-9]\d{1,5}))?$/

/** A version in three numbers, as `semver` orders them, and which one of its day it is. */
type Parts = { version: string; ofDay: number }

/** A version as it is written in refs: without the `v` that people put before it. Throws `registry/version-name`. */
export function versionName(text: string): string {
  const name = text.replace(/^v(?=\d)/, '')
  if (partsOf(name) !== undefined) return name
  throw new ModelgateError({
    code: 'registry/version-name',
    message: `${JSON.stringify(text.slice(0, 100))} is no name of a version.`,
    help: 'Write a semantic version such as 1.4.0 or 2.0.0-rc.1, in lower case and without build metadata, or a day such as 2026.11.23, without leading zeros.',
  })
}

/** True for a version as `versionName` gives it. */
export function isVersionName(text: string): boolean {
  return partsOf(text) !== undefined
}

/** Orders versions, oldest first. Names that are none come before all others, in the order of their letters. */
export function compareVersions(a: string, b: string): number {
  const one = partsOf(a)
  const other = partsOf(b)
  if (one === undefined || other === undefined) {
    if (one !== undefined) return 1
    if (other !== undefined) return -1
    return a < b ? -1 : a > b ? 1 : 0
  }
  return compare(one.version, other.version) || one.ofDay - other.ofDay
}

/**
 * The version after all of `taken`, which holds every name that was ever used: those of abandoned versions are used up. The first one is
 * 1.0.0; a day counts on when it has a version already. `now` decides the day, in UTC.
 */
export function nextVersion(taken: readonly string[], scheme: VersionScheme, bump: VersionBump, now: Date): string {
  return scheme === 'calendar' ? nextOfDay(taken, now) : nextSemver(taken, bump)
}

function nextSemver(taken: readonly string[], bump: VersionBump): string {
  // A model that was numbered by day before begins anew.
  const numbered = taken.filter((name) => isSemver(name) && !calendarPattern.test(name))
  const newest = numbered.sort(compareVersions).at(-1)
  return newest === undefined ? '1.0.0' : (inc(newest, bump) ?? '1.0.0')
}

function nextOfDay(taken: readonly string[], now: Date): string {
  const day = `${now.getUTCFullYear()}.${now.getUTCMonth() + 1}.${now.getUTCDate()}`
  const numbers = taken.map(partsOf).flatMap((parts) => (parts?.version === day ? [parts.ofDay] : []))
  return numbers.length === 0 ? day : `${day}.${Math.max(...numbers) + 1}`
}

function partsOf(name: string): Parts | undefined {
  if (isSemver(name)) return { version: name, ofDay: 1 }
  const [, year, month, day, ofDay] = calendarPattern.exec(name) ?? []
  return year === undefined ? undefined : { version: `${year}.${month}.${day}`, ofDay: Number(ofDay ?? 1) }
}

/** Lower case only, for versions that differ in case are one file on many machines; no `.lock` at the end, which git refuses. */
function isSemver(name: string): boolean {
  return (
    name.length <= longestVersion &&
    /^\d[0-9a-z.-]*$/.test(name) &&
    !name.endsWith('.lock') &&
    parse(name)?.version === name
  )
}
