import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Install scripts can be switched off and PATH can win: a silent fall-back to another Node must not pass unseen. */
export default function setUp(): () => void {
  if (!process.version.startsWith('v24.')) {
    throw new Error(
      `The tests run on Node 24, as GitHub's runners do, but this is ${process.version}. Start them with \`npm test\` after \`npm ci\`, which installs Node 24 as a dependency.`,
    )
  }
  // What tests of several files share, and what child processes compiled, for this run of the tests alone.
  const folder = mkdtempSync(join(tmpdir(), 'modelgate-tests-'))
  process.env.MODELGATE_TEST_RUN = folder
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
