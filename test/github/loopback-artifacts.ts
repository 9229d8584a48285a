import type { CreateRequest } from './server/artifact-service.ts'
import { GithubServer } from './server/github-server.ts'
import type { Artifact, Run } from './server/models.ts'
import type { Repository } from './server/repository.ts'

/** The loopback GitHub with one run, as the artifact client of a job in it sees it. */
export class LoopbackArtifacts {
  readonly server: GithubServer
  readonly repository: Repository
  readonly run: Run

  private constructor(server: GithubServer) {
    this.server = server
    this.repository = server.addRepository('octo/income')
    this.run = this.repository.addRun({ headSha: 'a'.repeat(40) })
  }

  static async start(): Promise<LoopbackArtifacts> {
    return new LoopbackArtifacts(await GithubServer.start())
  }

  /** What was uploaded, with the words in which the client announced it. */
  get artifacts(): Map<string, Artifact & { request: CreateRequest }> {
    const requests = new Map(this.server.artifacts.created.map((request) => [request.name, request]))
    return new Map(
      this.repository.artifacts.flatMap((artifact) => {
        const request = requests.get(artifact.name)
        return request === undefined ? [] : [[artifact.name, { ...artifact, request }]]
      }),
    )
  }

  get calls(): string[] {
    return this.server.artifacts.calls
  }

  /** Answer of the next CreateArtifact, instead of the good one. */
  set refusal(answer: { status: number; msg: string }) {
    this.server.artifacts.refusal = answer
  }

  /** The environment in which the real client takes this for GitHub. */
  get environment(): Record<string, string> {
    return this.server.environment(this.repository, this.run)
  }

  close(): Promise<void> {
    return this.server.close()
  }
}

/** Names of the files in a zip, from its central directory. */
export function zipEntries(zip: Buffer): string[] {
  const names: string[] = []
  const signature = Buffer.from('PK\u0001\u0002', 'latin1')
  for (let at = zip.indexOf(signature); at !== -1; at = zip.indexOf(signature, at + 4)) {
    names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)))
  }
  return names.sort()
}
