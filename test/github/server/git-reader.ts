import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { gitEnvironment } from './git-command.ts'

export type Found = { sha: string; type: string; content: Buffer }
type Question = {
  command: 'info' | 'contents'
  answer: (found: Found | undefined) => void
  fail: (error: Error) => void
}

/**
 * Asks git for objects by one process that stays: to start one for each question takes longer than all else that the server does. It sees what other
 * processes write meanwhile, for it reads refs anew each time, and looks again for an object that it does not find.
 */
export class GitReader {
  private readonly folder: string
  private child: ChildProcessWithoutNullStreams | undefined
  private readonly asked: Question[] = []
  private bytes = Buffer.alloc(0)

  constructor(folder: string) {
    this.folder = folder
  }

  /** What a name stands for, without its content; undefined when there is nothing, or more than one thing. */
  async info(name: string): Promise<Omit<Found, 'content'> | undefined> {
    return this.ask('info', name)
  }

  /** The object that a name stands for. */
  async contents(name: string): Promise<Found | undefined> {
    return this.ask('contents', name)
  }

  close(): void {
    this.child?.stdin.end()
    this.child = undefined
  }

  private ask(command: Question['command'], name: string): Promise<Found | undefined> {
    // One question is one line.
    if (/[\n\0]/.test(name)) return Promise.resolve(undefined)
    this.child ??= this.start()
    const { stdin } = this.child
    return new Promise((answer, fail) => {
      this.asked.push({ command, answer, fail })
      stdin.write(`${command} ${name}\n`)
    })
  }

  private start(): ChildProcessWithoutNullStreams {
    const child = spawn('git', ['cat-file', '--batch-command'], { cwd: this.folder, env: gitEnvironment })
    child.stdout.on('data', (piece: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, piece])
      while (this.readAnswer());
    })
    // An ambiguous name is told there too, and is no answer.
    child.stderr.resume()
    child.stdin.on('error', () => {})
    const end = (error?: Error): void => {
      if (this.child === child) this.child = undefined
      for (const { fail } of this.asked.splice(0)) fail(error ?? new Error('git cat-file ended early'))
    }
    child.on('error', end)
    child.on('close', () => end())
    return child
  }

  /** Takes one answer from the front of the bytes; false when it is not whole yet. */
  private readAnswer(): boolean {
    const [question] = this.asked
    const end = this.bytes.indexOf('\n')
    if (question === undefined || end === -1) return false
    const [, sha, type, size] = /^([0-9a-f]{40}) ([a-z]+) (\d+)$/.exec(this.bytes.toString('utf8', 0, end)) ?? []
    let next = end + 1
    let found: Found | undefined
    if (sha !== undefined && type !== undefined) {
      found = { sha, type, content: Buffer.alloc(0) }
      if (question.command === 'contents') {
        next += Number(size) + 1
        if (this.bytes.length < next) return false
        found.content = Buffer.from(this.bytes.subarray(end + 1, next - 1))
      }
    }
    this.bytes = this.bytes.subarray(next)
    this.asked.shift()
    question.answer(found)
    return true
  }
}
