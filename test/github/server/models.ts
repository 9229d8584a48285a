/** What a repository holds besides its git objects. Names as in GitHub's API, in camel case. */

export type User = { id: number; login: string; type: 'Bot' | 'Organization' | 'User' }

export type Role = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none'

export type Reaction = { id: number; content: string; login: string; createdAt: number }

export type Issue = {
  id: number
  number: number
  title: string
  body: string | null
  login: string
  state: 'open' | 'closed'
  labels: string[]
  createdAt: number
  updatedAt: number
  closedAt: number | null
  reactions: Reaction[]
  pull?: Pull
}

/** What makes an issue a pull request. */
export type Pull = {
  /** Full name of the repository of the head, null when it was deleted. */
  headRepository: string | null
  headRef: string
  /** The head as it was when the pull request was closed, or when its repository went away. */
  frozenHead?: string
  baseRef: string
  draft: boolean
  /** Set when it was merged: when, and the commit on the base that came of it. */
  merged?: { at: number; commit: string }
}

export type IssueComment = {
  id: number
  issue: number
  body: string
  /** Null when the account was deleted. */
  login: string | null
  createdAt: number
  updatedAt: number
  minimized: string | null
  reactions: Reaction[]
}

export type Review = {
  id: number
  /** Number of the pull request. */
  issue: number
  /** Null when the account was deleted. */
  login: string | null
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING'
  commit: string | null
  /** Undefined while it is pending. */
  submittedAt: number | undefined
}

export type Annotation = {
  path: string
  start_line: number
  end_line: number
  start_column?: number
  end_column?: number
  annotation_level: string
  message: string
  title?: string
  raw_details?: string
}

export type CheckRun = {
  id: number
  login: string
  name: string
  headSha: string
  status: string
  conclusion: string | null
  startedAt: string | null
  completedAt: string | null
  externalId: string
  detailsUrl: string | null
  title: string | null
  summary: string | null
  text: string | null
  annotations: Annotation[]
}

export type CommitStatus = {
  id: number
  sha: string
  state: string
  context: string
  description: string | null
  targetUrl: string | null
  login: string
  createdAt: number
}

export type Job = { id: number; name: string; status: string; conclusion: string | null; attempt: number }

export type Run = {
  id: number
  number: number
  attempt: number
  /** Path of the workflow file. */
  path: string
  name: string
  event: string
  headBranch: string
  headSha: string
  headRepository: string
  actor: string
  status: string
  conclusion: string | null
  jobs: Job[]
  createdAt: number
}

export type Artifact = {
  id: number
  runId: number
  job: string
  name: string
  mimeType: string
  content: Buffer
  /** Of the zip, with its algorithm. */
  digest: string
  createdAt: number
  expiresAt: number
}

export type Asset = {
  id: number
  name: string
  label: string | null
  contentType: string
  content: Buffer
  /** `open` is what an upload leaves that broke off; `uploaded` without it. */
  state?: 'open'
  login: string
  createdAt: number
}

export type Release = {
  id: number
  tag: string
  target: string
  name: string | null
  body: string | null
  draft: boolean
  prerelease: boolean
  immutable: boolean
  login: string
  createdAt: number
  publishedAt: number | null
  assets: Asset[]
}

export type DeploymentStatus = {
  id: number
  state: string
  description: string
  environment: string
  logUrl: string
  environmentUrl: string
  login: string
  createdAt: number
}

export type Deployment = {
  id: number
  sha: string
  ref: string
  task: string
  environment: string
  description: string | null
  payload: unknown
  isTransient: boolean
  isProduction: boolean
  login: string
  createdAt: number
  updatedAt: number
  statuses: DeploymentStatus[]
}

/** What somebody said to a job that waited for an environment. */
export type RunApproval = {
  runId: number
  environments: string[]
  state: 'approved' | 'rejected'
  login: string
  comment: string
}

/** A rule of a ruleset for a branch. Of all kinds only those about pull requests are modelled. */
export type BranchRule = { branch: string; requireCodeOwners: boolean; approvals: number }

export type Environment = { id: number; name: string; reviewers: string[]; waitTimer: number; createdAt: number }
