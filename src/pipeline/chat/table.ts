import type { Command } from './command.ts'

/**
 * All commands. What an answer costs decides who may ask for it: in a public repository everybody has the role `read`, and would have the
 * bot write and calculate at will. So nobody below `triage` gets more than one refusal, and what loads artifacts twice or starts jobs takes `write`.
 */
export const commands: readonly Command[] = [
  {
    name: 'explain',
    arguments: [{ name: 'rule', kind: 'rule' }],
    summary: 'Says what a rule asks, what was seen, how the verdict follows from it, and what one may do next.',
    role: 'triage',
    hasEffect: false,
    needs: 'actions: read',
    load: () => import('./explain.ts'),
  },
  {
    name: 'compare',
    arguments: [{ name: 'ref', kind: 'ref' }],
    summary: 'Compares the head with the stored run of another branch, tag or commit. Changes no check and no verdict.',
    role: 'write',
    hasEffect: false,
    needs: 'actions: read',
    load: () => import('./compare.ts'),
  },
  {
    name: 'rerun',
    arguments: [{ name: 'head', kind: 'sha', optional: true }],
    summary:
      'Runs the workflow of the head again: the failed jobs when there are any, else all. Without the SHA of the head it only says which one to give.',
    role: 'write',
    hasEffect: true,
    needs: 'actions: write',
    load: () => import('./rerun.ts'),
  },
  {
    name: 'promote',
    arguments: [
      { name: 'sha', kind: 'sha' },
      { name: 'stage', kind: 'stage' },
    ],
    summary:
      'Puts the version that was published of a commit into a stage, if its verdict is about what the stage stands for. Also on a pull request that was merged.',
    role: 'maintain',
    hasEffect: true,
    onClosed: true,
    needs: 'contents: write',
    load: () => import('./promote.ts'),
  },
  {
    name: 'help',
    arguments: [],
    summary: 'Lists the commands.',
    role: 'triage',
    hasEffect: false,
    needs: 'actions: read',
    load: () => import('./help.ts'),
  },
]
