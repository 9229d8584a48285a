import { expect, it } from 'vitest'
import { type CheckNaming, checkName } from '../../src/actions/check-name.ts'
import { remoteConfigPath } from '../../src/github/remote-config.ts'

const named = (naming: Partial<CheckNaming>): string =>
  checkName({ given: '', key: '', config: '', base: 'main', defaultBranch: 'main', ...naming })

it.each<[string, Partial<CheckNaming>, string]>([
  ['one pipeline', {}, 'modelgate'],
  ['a configuration in the root', { config: './modelgate.yaml' }, 'modelgate'],
  ['a pipeline in a folder', { config: 'models/a' }, 'modelgate (models/a)'],
  ['the same folder, written in another way', { config: './models/a/modelgate.yaml' }, 'modelgate (models/a)'],
  ['a leg of a matrix', { key: 'income gpu', config: 'models/a' }, 'modelgate (income gpu)'],
  ['another base branch', { base: 'release/1.0' }, 'modelgate (onto release/1.0)'],
  ['a leg onto another base branch', { key: 'gpu', base: 'next' }, 'modelgate (gpu, onto next)'],
  ['a push, which has no base', { base: undefined }, 'modelgate'],
  ['an event that does not name the default branch', { base: 'next', defaultBranch: undefined }, 'modelgate'],
  ['a name that was given', { given: 'gate', key: 'gpu', config: 'a' }, 'gate'],
  ['a name that was given, onto another base branch', { given: 'gate', base: 'next' }, 'gate (onto next)'],
  ['none', { given: 'none', base: 'next' }, 'none'],
])('names the check of %s', (_what, naming, name) => {
  expect(named(naming)).toBe(name)
})

it.each([
  ['modelgate.yaml', 'modelgate.yaml'],
  ['.', 'modelgate.yaml'],
  ['models/a', 'models/a/modelgate.yaml'],
  ['./models/a/', 'models/a/modelgate.yaml'],
  ['models/b.yml', 'models/b.yml'],
])('finds the configuration for %s', (input, path) => {
  expect(remoteConfigPath(input)).toBe(path)
})
