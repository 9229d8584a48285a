/** Install scripts can be switched off and PATH can win: a silent fall-back to another Node must not pass unseen. */
export default function requireNode24(): void {
  if (!process.version.startsWith('v24.')) {
    throw new Error(
      `The tests run on Node 24, as GitHub's runners do, but this is ${process.version}. Start them with \`npm test\` after \`npm ci\`, which installs Node 24 as a dependency.`,
    )
  }
}
