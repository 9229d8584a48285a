import { join } from 'node:path'
import type { Account } from './account.ts'
import type { User } from './models.ts'
import { syncPulls } from './pull-refs.ts'
import { Repository, type RepositoryOptions } from './repository.ts'

/** Everything that the server knows: accounts, users, repositories, and the time. */
export class World {
  readonly accounts = new Map<string, Account>()
  readonly repositories: Repository[] = []
  readonly htmlUrl = 'https://github.com'
  /** Addresses of the server and of the blob store; known when the server listens. */
  url = ''
  blobUrl = ''
  /** What stands before the paths of the REST API: nothing on github.com, `/api/v3` on GitHub Enterprise Server. */
  apiPath = ''
  private readonly users = new Map<string, User>()
  /** Whose commits have this address. */
  readonly emails = new Map<string, string>()
  /** Members of teams by `organisation/slug`, all in lower case; an invited one is pending. */
  readonly teams = new Map<string, Map<string, 'active' | 'pending'>>()
  private readonly folder: string
  private readonly nextIds = { artifact: 71, comment: 1000, other: 5000 }
  private shift = 0

  constructor(folder: string) {
    this.folder = folder
  }

  get apiUrl(): string {
    return this.url + this.apiPath
  }

  now(): number {
    return Date.now() + this.shift
  }

  /** Lets time pass, for what expires. */
  advance(milliseconds: number): void {
    this.shift += milliseconds
  }

  /** Counted for each kind, so that tests can name the first comment. */
  nextId(kind: 'artifact' | 'comment' | 'other' = 'other'): number {
    const id = this.nextIds[kind]
    this.nextIds[kind] += 1
    return id
  }

  /** Makes the user when there is none; whose login ends in [bot] is one. */
  user(login: string): User {
    const known = this.users.get(login.toLowerCase())
    if (known !== undefined) return known
    const user: User = { id: this.nextId(), login, type: login.endsWith('[bot]') ? 'Bot' : 'User' }
    this.users.set(login.toLowerCase(), user)
    return user
  }

  hasUser(login: string): boolean {
    return this.users.has(login.toLowerCase())
  }

  addRepository(fullName: string, options: RepositoryOptions = {}): Repository {
    if (this.repository(fullName) !== undefined) throw new Error(`${fullName} exists already`)
    const repository = new Repository(this, fullName, join(this.folder, `${fullName}.git`), options)
    this.user(repository.owner)
    this.repositories.push(repository)
    return repository
  }

  /** Names are the same in upper and lower case. */
  repository(fullName: string): Repository | undefined {
    return this.repositories.find((repository) => repository.fullName.toLowerCase() === fullName.toLowerCase())
  }

  addAccount(account: Account): Account {
    this.user(account.login)
    this.accounts.set(account.token, account)
    return account
  }

  /** Brings the refs of open pull requests up to date after refs of their head or base moved. */
  syncPulls(changed: Repository): Promise<void> {
    return syncPulls(this, changed)
  }
}
