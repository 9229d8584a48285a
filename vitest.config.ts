import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Tests of what only calculates: they change nothing of their process, as test/house.test.ts sees to, and can follow one another in it. */
const pure = 'base,compare,config,evaluation,gate,history,readers,report,stats'

export default defineConfig({
  // GitHub's packages name source maps that they do not ship; as warnings they would bury the results.
  logLevel: 'error',
  test: {
    globalSetup: ['test/global-setup.ts'],
    projects: [
      { extends: true, test: { name: 'pure', include: [`test/{${pure}}/**/*.test.ts`], isolate: false } },
      {
        extends: true,
        test: { name: 'whole', include: ['test/**/*.test.ts'], exclude: [`test/{${pure}}/**/*.test.ts`] },
      },
    ],
    // The default leaves one processor free: on the two of a hosted runner everything would run in a row.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // GitHub's packages import JSON without an import attribute, which Node refuses; Vite does not.
    server: { deps: { inline: [/@actions\/(languageservice|workflow-parser|expressions)/] } },
  },
})
