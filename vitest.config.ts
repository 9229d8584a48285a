import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // GitHub's packages name source maps that they do not ship; as warnings they would bury the results.
  logLevel: 'error',
  test: {
    globalSetup: ['test/global-setup.ts'],
    include: ['test/**/*.test.ts'],
    // The default leaves one processor free: on the two of a hosted runner everything would run in a row.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // GitHub's packages import JSON without an import attribute, which Node refuses; Vite does not.
    server: { deps: { inline: [/@actions\/(languageservice|workflow-parser|expressions)/] } },
  },
})
