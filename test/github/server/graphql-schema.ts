/** The part of GitHub's public GraphQL schema that is modelled, with GitHub's names, types and arguments. */
export const graphqlSchema = `
scalar DateTime
scalar GitObjectID
scalar GitRefname
scalar URI

type Query {
  viewer: User!
  repository(owner: String!, name: String!, followRenames: Boolean = true): Repository
}

type Mutation {
  minimizeComment(input: MinimizeCommentInput!): MinimizeCommentPayload
  unminimizeComment(input: UnminimizeCommentInput!): UnminimizeCommentPayload
  updateRefs(input: UpdateRefsInput!): UpdateRefsPayload
}

interface Actor { login: String!  url: URI! }
type User implements Actor { id: ID!  login: String!  url: URI!  databaseId: Int }
type Bot implements Actor { id: ID!  login: String!  url: URI!  databaseId: Int }

type Repository {
  id: ID!
  databaseId: Int
  name: String!
  nameWithOwner: String!
  pullRequest(number: Int!): PullRequest
}

type PullRequest {
  id: ID!
  number: Int!
  title: String!
  headRefName: String!
  headRefOid: GitObjectID!
  comments(after: String, before: String, first: Int, last: Int): IssueCommentConnection!
}

type IssueCommentConnection {
  nodes: [IssueComment]
  pageInfo: PageInfo!
  totalCount: Int!
}

type PageInfo { endCursor: String  hasNextPage: Boolean!  hasPreviousPage: Boolean!  startCursor: String }

interface Minimizable { isMinimized: Boolean!  minimizedReason: String  viewerCanMinimize: Boolean! }

type IssueComment implements Minimizable {
  id: ID!
  databaseId: Int
  fullDatabaseId: String
  author: Actor
  body: String!
  createdAt: DateTime!
  updatedAt: DateTime!
  url: URI!
  isMinimized: Boolean!
  minimizedReason: String
  viewerCanMinimize: Boolean!
  viewerDidAuthor: Boolean!
}

enum ReportedContentClassifiers { ABUSE DUPLICATE LOW_QUALITY OFF_TOPIC OUTDATED RESOLVED SPAM }

input MinimizeCommentInput { classifier: ReportedContentClassifiers!  clientMutationId: String  subjectId: ID! }
type MinimizeCommentPayload { clientMutationId: String  minimizedComment: Minimizable }
input UnminimizeCommentInput { clientMutationId: String  subjectId: ID! }
type UnminimizeCommentPayload { clientMutationId: String  unminimizedComment: Minimizable }

input RefUpdate {
  afterOid: GitObjectID!
  beforeOid: GitObjectID
  force: Boolean = false
  name: GitRefname!
}
input UpdateRefsInput { clientMutationId: String  refUpdates: [RefUpdate!]!  repositoryId: ID! }
type UpdateRefsPayload { clientMutationId: String }
`
