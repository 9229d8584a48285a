/**
 * The environment of the user's commands: ours without what belongs to modelgate's own step. A command must not be able
 * to write our outputs (`GITHUB_OUTPUT` would let a change forge its verdict), nor read the token that an input holds.
 */
const withheld =
  /^(?:INPUT_.*|STATE_.*|GITHUB_(?:OUTPUT|STATE|ENV|PATH|STEP_SUMMARY)|ACTIONS_(?:RUNTIME|RESULTS|ID_TOKEN|CACHE)_.*)$/i

export function childEnvironment(env: NodeJS.ProcessEnv, stage: string): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !withheld.test(name))
  return {
    // Without a terminal Python keeps its output back until the end; set to anything, it does not.
    PYTHONUNBUFFERED: '1',
    ...Object.fromEntries(kept),
    MODELGATE_STAGE: stage,
  }
}
