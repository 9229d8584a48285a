import { describe, expect, test } from 'vitest'
import { readRefusal, saidByGit } from '../../src/refs/refusal.ts'

describe('what git says', () => {
  test.each([
    ['! abc:refs/modelgate/ledger [rejected] (stale info)', 'moved'],
    ["! [remote rejected] (cannot lock ref 'refs/x/y': is at a but expected b)", 'moved'],
    ['! [remote rejected] (failed to update ref)', 'moved'],
    ['! [rejected] (fetch first)', 'moved'],
    ['! [remote rejected] (deny updating a hidden ref)', 'hidden'],
    ['remote: error: GH013: Repository rule violations found for refs/modelgate/ledger.', 'hidden'],
    ['! [remote rejected] (pre-receive hook declined)', 'hidden'],
    ["fatal: unable to access 'https://x/y/': The requested URL returned error: 403", 'denied'],
    [
      "remote: Permission to acme/protected.git denied to github-actions[bot].\nfatal: unable to access 'https://x/protected.git/': The requested URL returned error: 403",
      'denied',
    ],
    ['error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502', 'broken'],
    ['fatal: unable to access: The requested URL returned error: 429', 'broken'],
    ['fatal: the remote end hung up unexpectedly', 'broken'],
    ["fatal: unable to access 'https://x/': Could not resolve host: x", 'offline'],
    ["remote: Repository not found.\nfatal: repository 'https://x/read-only/' not found", 'absent'],
    ['fatal: something nobody has seen', 'unknown'],
  ])('%s means %s', (text, refusal) => {
    expect(readRefusal(text)).toBe(refusal)
  })

  test('is shown on one line without credentials', () => {
    const said = saidByGit("hint: wait\nfatal: unable to access 'https://me:secret@x/': bad\n\u001b[31mred")
    expect(said).toBe("unable to access 'https://x/': bad; [31mred")
  })
})
