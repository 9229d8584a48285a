/**
 * Node opens its debugger to everybody on the machine when it gets SIGUSR1, and so to the commands that modelgate runs: through it they
 * could read tokens and change a verdict. A handler of our own keeps it shut.
 */
export function closeInspector(): void {
  if (process.platform !== 'win32') process.on('SIGUSR1', () => {})
}
