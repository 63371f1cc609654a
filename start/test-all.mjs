/** `npm test`: the same set-up as `npm start`, then the contracts' tests in Solidity and everything else in Vitest. */
import { spawn } from 'node:child_process'
import { mkdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCode, runChild } from './children.mjs'
import { explain } from './fault.mjs'
import { homeFolder } from './home.mjs'
import { prepare } from './prepare.mjs'
import { hasMembers, send, until } from './processes.mjs'
import { showSteps } from './steps.mjs'

/**
 * @param {readonly string[]} argv - for Vitest; with file names among them the Solidity tests are left out
 * @param {string} root
 * @returns {Promise<number>} the exit code
 */
export async function testAll(argv, root) {
  const startedAt = performance.now()
  const aborter = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => aborter.abort())
  const steps = showSteps(process.stdout)
  try {
    const home = await testHome(root)
    const { signal } = aborter
    await prepare({ root, home, steps, signal, tasks: ['codegen', 'build'] })
    const solidity = argv.some((arg) => !arg.startsWith('-'))
      ? 'left out'
      : await testSolidity(root, home, steps, signal)
    steps.end()
    const code = await testVitest(root, argv, signal)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
    console.log(
      `${code === 0 ? 'All tests passed' : 'Some tests failed'} in ${seconds} s (Solidity: ${solidity}; the rest above).`,
    )
    return code
  } catch (error) {
    steps.end()
    if (aborter.signal.aborted) return 130
    console.error(explain(error))
    return 1
  }
}

/**
 * Logs of the tests lie beside those of a running house, not among them.
 * @param {string} root
 */
async function testHome(root) {
  const home = join(homeFolder(process.env, root), 'test')
  await mkdir(home, { recursive: true })
  return realpath(home)
}

/**
 * @param {string} root
 * @param {string} home
 * @param {import('./steps.mjs').Steps} steps
 * @param {AbortSignal} signal
 * @returns {Promise<string>} how many passed
 */
async function testSolidity(root, home, steps, signal) {
  const hardhat = join(root, 'node_modules/hardhat/dist/src/cli.js')
  const command = {
    name: 'Solidity',
    command: process.execPath,
    args: [hardhat, 'test', 'solidity'],
    cwd: join(root, 'contracts'),
  }
  await steps.run('Solidity tests', () =>
    runChild(home, { ...command, env: { FORCE_COLOR: '0', NO_COLOR: '1' } }, signal),
  )
  const [passed = 'passed'] = /\d+ passing/.exec(await readFile(join(home, 'logs/Solidity.log'), 'utf8')) ?? []
  return passed
}

/**
 * On the terminal itself, in a group of its own: Vitest hears of a Ctrl-C once, from us, and what it leaves is ended.
 * @param {string} root
 * @param {readonly string[]} argv
 * @param {AbortSignal} signal
 * @returns {Promise<number>}
 */
async function testVitest(root, argv, signal) {
  // The reliability checks take as long as all else together: `npm run reliability` is for them.
  const projects = argv.some((one) => one.startsWith('--project')) ? [] : ['--project', '!reliability']
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...projects, ...argv]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], detached: true })
  const group = child.pid ?? 0
  const end = () => send(-group, 'SIGTERM') && setTimeout(() => send(-group, 'SIGKILL'), 15_000).unref()
  signal.addEventListener('abort', end)
  const how = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, killedBy) => resolve(killedBy ?? `exit ${code}`))
  })
  if (group !== 0 && hasMembers(group)) {
    send(-group, 'SIGTERM')
    if (!(await until(() => !hasMembers(group), 5_000))) send(-group, 'SIGKILL')
  }
  signal.throwIfAborted()
  return exitCode(how)
}
