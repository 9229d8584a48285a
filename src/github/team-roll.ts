import { z } from 'zod'
import { oneLine, truncate } from '../base/escape.ts'
import { readApiError, unexpectedAnswer } from './api-error.ts'
import type { Client } from './client.ts'
import { isRateLimit } from './rate-limit.ts'

const membership = z.object({ state: z.string() })

/** A team as a rule writes it, and where GitHub has it. */
type Team = { written: string; org: string; slug: string }

/** Questions about teams, at most: one for each person and team. */
const mostQuestions = 200

/** Who is in the teams of rules, as far as GitHub lets the token know. */
export class TeamRoll {
  private readonly client: Client
  private readonly teams: readonly Team[]
  private readonly wrong: readonly string[]
  /** Teams of which GitHub named a member: what it hides there is no member. */
  private readonly visible = new Set<Team>()
  private readonly refused = new Set<Team>()
  private readonly hidden = new Map<Team, string[]>()
  private left = mostQuestions

  /** `owner` is the organisation of teams that are written without one. */
  constructor(client: Client, owner: string, names: readonly string[]) {
    this.client = client
    const read = names.map((written) => ({ written, team: readTeam(written, owner) }))
    this.teams = read.flatMap(({ team }) => (team === undefined ? [] : [team]))
    this.wrong = read.flatMap(({ written, team }) => (team === undefined ? [written] : []))
  }

  /** Those of the teams that somebody is an active member of, as the rules write them. Rejects with Octokit's error, except where GitHub hides a team. */
  async teamsOf(login: string): Promise<string[]> {
    const found: string[] = []
    for (const team of this.teams) {
      if (!this.refused.has(team) && (await this.isMember(team, login))) found.push(team.written)
    }
    return found
  }

  /** What could not be asked, a sentence for each. */
  get notes(): string[] {
    const unknown = [...this.hidden]
      .filter(([team]) => !this.visible.has(team))
      .map(([{ org, slug }, people]) => {
        const who = people.length === 1 ? `@${people[0]} is` : `${people.length} people are`
        return `Whether ${who} in the team ${org}/${slug} is not known with this token: reading teams takes the input \`token\` with one of a GitHub App that has \`members: read\` in the organisation, or a personal one with \`read:org\`, and \`github.token\` has neither.`
      })
    return [
      ...this.wrong.map(
        (name) => `"${truncate(oneLine(name), 80)}" is no team: write its slug, or \`organisation/slug\`.`,
      ),
      ...unknown,
      ...(this.left > 0 ? [] : ['Not everybody was looked up in the teams: there are too many.']),
    ]
  }

  private async isMember(team: Team, login: string): Promise<boolean> {
    if (this.left === 0) return false
    this.left -= 1
    try {
      const { org, slug: team_slug } = team
      const { data } = await this.client.rest.teams.getMembershipForUserInOrg({ org, team_slug, username: login })
      const parsed = membership.safeParse(data)
      if (!parsed.success) throw unexpectedAnswer('get a membership in a team')
      this.visible.add(team)
      return parsed.data.state === 'active'
    } catch (error) {
      const failure = readApiError(error)
      if (failure === undefined || ![403, 404].includes(failure.status) || isRateLimit(failure)) throw error
      // 404 is a team that the token must not see, and a person that is not in it.
      this.hidden.set(team, [...(this.hidden.get(team) ?? []), login])
      if (failure.status === 403) this.refused.add(team)
      return false
    }
  }
}

/** Undefined for what GitHub could not know as a team: such a name never reaches an address, where `..` would lead to another question. */
function readTeam(written: string, owner: string): Team | undefined {
  const match = /^@?(?:([a-z\d][a-z\d-]*)\/)?([a-z\d_][a-z\d_-]*)$/i.exec(written)
  const [, org = owner, slug] = match ?? []
  return slug === undefined ? undefined : { written, org, slug }
}
