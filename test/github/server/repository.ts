import { GitRepository } from './git-repository.ts'
import type {
  Artifact,
  BranchRule,
  CheckRun,
  CommitStatus,
  Deployment,
  Environment,
  Issue,
  IssueComment,
  Release,
  Review,
  Role,
  Run,
  RunApproval,
} from './models.ts'
import type { World } from './world.ts'

export type RepositoryOptions = {
  isPrivate?: boolean
  /** Full name of the repository that this one is a fork of. */
  forkOf?: string
  /** Releases freeze when they are published. */
  immutableReleases?: boolean
}

/** One repository: git on disk, the rest in memory. The `add` methods are for tests; they ask nobody for permission. */
export class Repository {
  readonly world: World
  readonly id: number
  readonly owner: string
  readonly name: string
  readonly isPrivate: boolean
  readonly forkOf: string | undefined
  readonly defaultBranch = 'main'
  readonly git: GitRepository
  readonly createdAt: number
  immutableReleases: boolean
  readonly collaborators = new Map<string, Role>()
  readonly issues: Issue[] = []
  readonly comments: IssueComment[] = []
  readonly reviews: Review[] = []
  readonly checkRuns: CheckRun[] = []
  readonly statuses: CommitStatus[] = []
  readonly runs: Run[] = []
  readonly artifacts: Artifact[] = []
  readonly releases: Release[] = []
  /** Names of tags that an immutable release used up. */
  readonly burntTags = new Set<string>()
  readonly deployments: Deployment[] = []
  /** Signed statements, as they were sent. */
  readonly attestations: { id: number; bundle: object }[] = []
  readonly environments: Environment[] = []
  readonly runApprovals: RunApproval[] = []
  /** Rules of rulesets; what only the settings of a branch say is not to be seen by a job. */
  readonly branchRules: BranchRule[] = []

  constructor(world: World, fullName: string, folder: string, options: RepositoryOptions) {
    const [owner, name] = fullName.split('/')
    if (owner === undefined || name === undefined) throw new Error(`"${fullName}" is not owner/name`)
    this.world = world
    this.id = world.nextId()
    this.owner = owner
    this.name = name
    this.isPrivate = options.isPrivate ?? false
    this.forkOf = options.forkOf
    this.immutableReleases = options.immutableReleases ?? false
    this.git = new GitRepository(folder)
    this.createdAt = world.now()
  }

  get fullName(): string {
    return `${this.owner}/${this.name}`
  }

  get apiUrl(): string {
    return `${this.world.apiUrl}/repos/${this.fullName}`
  }

  get htmlUrl(): string {
    return `${this.world.htmlUrl}/${this.fullName}`
  }

  /** Adds a commit to a branch; null removes a file. Returns its SHA. */
  async commit(branch: string, files: Record<string, string | Buffer | null>, message = 'Change'): Promise<string> {
    const sha = await this.git.commit(branch, files, { message, date: Math.floor(this.world.now() / 1000) })
    await this.world.syncPulls(this)
    return sha
  }

  /** Issues and pull requests share their numbers. Without one it is the next. */
  addIssue(issue: Partial<Issue> = {}): Issue {
    const number = issue.number ?? Math.max(0, ...this.issues.map((other) => other.number)) + 1
    const now = this.world.now()
    const added: Issue = {
      id: this.world.nextId(),
      number,
      title: `Number ${number}`,
      body: null,
      login: 'octocat',
      state: 'open',
      labels: [],
      createdAt: now,
      updatedAt: now,
      closedAt: null,
      reactions: [],
      ...issue,
    }
    this.world.user(added.login)
    this.issues.push(added)
    return added
  }

  /** A pull request of a branch of this repository, or of `from`. Its refs follow the head: see `World.syncPulls`. */
  addPull(
    head: string,
    issue: Partial<Omit<Issue, 'pull'>> & { base?: string; draft?: boolean; from?: Repository } = {},
  ): Issue {
    const { base = this.defaultBranch, draft = false, from = this, ...rest } = issue
    return this.addIssue({ ...rest, pull: { headRepository: from.fullName, headRef: head, baseRef: base, draft } })
  }

  /** Marks a pull request as merged by this commit of its base. */
  merge(number: number, commit: string): void {
    const issue = this.issues.find((other) => other.number === number)
    if (issue?.pull === undefined) throw new Error(`there is no pull request ${number}`)
    const at = this.world.now()
    issue.pull.merged = { at, commit }
    issue.state = 'closed'
    issue.closedAt = at
  }

  addComment(issue: number, body: string, login: string | null = 'octocat'): IssueComment {
    const now = this.world.now()
    const id = this.world.nextId('comment')
    const comment = { id, issue, body, login, createdAt: now, updatedAt: now, minimized: null, reactions: [] }
    this.comments.push(comment)
    return comment
  }

  /** A review of a pull request at this commit. The user is made when there is none, and gets no role by it. */
  addReview(
    issue: number,
    login: string | null,
    state: Review['state'],
    commit: string | null,
    submittedAt = this.world.now(),
  ): Review {
    if (login !== null) this.world.user(login)
    const at = state === 'PENDING' ? undefined : submittedAt
    const review = { id: this.world.nextId(), issue, login, state, commit, submittedAt: at }
    this.reviews.push(review)
    return review
  }

  addRun(run: Partial<Run> & { headSha: string }): Run {
    const added: Run = {
      id: this.world.nextId(),
      number: this.runs.length + 1,
      attempt: 1,
      path: '.github/workflows/modelgate.yml',
      name: 'modelgate',
      event: 'pull_request',
      headBranch: this.defaultBranch,
      headRepository: this.fullName,
      actor: 'octocat',
      status: 'in_progress',
      conclusion: null,
      jobs: [],
      createdAt: this.world.now(),
      ...run,
    }
    if (added.jobs.length === 0) {
      const { status, conclusion, attempt } = added
      added.jobs.push({ id: this.world.nextId(), name: 'gate', status, conclusion, attempt })
    }
    this.runs.push(added)
    return added
  }

  addEnvironment(name: string, rules: { reviewers?: string[]; waitTimer?: number } = {}): Environment {
    const { reviewers = [], waitTimer = 0 } = rules
    const added = { id: this.world.nextId(), name, reviewers, waitTimer, createdAt: this.world.now() }
    this.environments.push(added)
    return added
  }
}
