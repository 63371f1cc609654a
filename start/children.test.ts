import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { identifyProcess } from '../indexer/src/store/process-identity.ts'
import { runChild, startChild, stopLeftovers } from './children.mjs'
import { hasMembers } from './processes.mjs'

it('keeps a child’s words in a log, and shows the last ones when it fails', async () => {
  const home = aHome()
  const command = aNode('deploy', "console.log('as far as here'); console.error('no funds'); process.exit(3)")

  await expect(runChild(home, command, new AbortController().signal)).rejects.toMatchObject({
    code: 'STEP_FAILED',
    message: expect.stringMatching(/^deploy failed \(exit 3\)[\s\S]*as far as here[\s\S]*no funds/),
  })
})

it('says it is the disk when a child died of a full one', async () => {
  const command = aNode('build', "console.error('ENOSPC: no space left on device, write'); process.exit(1)")
  await expect(runChild(aHome(), command, new AbortController().signal)).rejects.toMatchObject({ code: 'ENOSPC' })
})

it('ends a step that is still running when the start is given up', async () => {
  const home = aHome()
  const aborter = new AbortController()
  const step = runChild(home, aNode('history', "console.log('on'); setInterval(() => {}, 1000)"), aborter.signal)
  await expect.poll(() => readLog(home, 'history')).toContain('on')

  aborter.abort()

  await expect(step).rejects.toMatchObject({ name: 'AbortError' })
})

it('asks first, then ends a child that does not listen, and everything it has started', async () => {
  const home = aHome()
  const stubborn = `
    require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    process.on('SIGTERM', () => console.log('no'))
    setInterval(() => {}, 1000)
    console.log('on')`
  const child = startChild(home, aNode('indexer', stubborn))
  await expect.poll(() => readLog(home, 'indexer')).toContain('on')

  await child.stop(300)

  expect(readLog(home, 'indexer')).toContain('no')
  expect(await child.exited).toBe('SIGKILL')
  expect(hasMembers(child.pid)).toBe(false)
  expect(existsSync(join(home, 'run/indexer.json'))).toBe(false)
})

it.runIf(process.platform === 'linux')(
  'ends a graph-node that nobody is left to end with the one signal that it hears',
  async () => {
    const home = aHome()
    const deaf = `
    process.on('SIGTERM', () => {})
    process.on('SIGINT', () => { require('fs').writeFileSync(${JSON.stringify(join(home, 'ending'))}, 'by SIGINT'); process.exit() })
    setInterval(() => {}, 1000)
    console.log('on')`
    const env = { ...process.env, HEDDLE_STATE: home, HEDDLE_ROLE: 'graph-node' }
    const orphan = spawn(process.execPath, ['-e', deaf], { env, stdio: ['ignore', 'pipe', 'ignore'] })
    onTestFinished(() => void orphan.kill('SIGKILL'))
    await once(orphan.stdout, 'data')

    expect(await stopLeftovers(home)).toBe(1)

    expect(readFileSync(join(home, 'ending'), 'utf8')).toBe('by SIGINT')
  },
)

it('stops what a killed starter left, users before what they use', async () => {
  const home = aHome()
  const endings = join(home, 'endings')
  const child = `
    process.on('SIGTERM', () => { require('fs').appendFileSync(${JSON.stringify(endings)}, process.env.HEDDLE_ROLE + ' '); process.exit() })
    setInterval(() => {}, 1000)
    console.log('on')`
  const roles = ['chain', 'gateway', 'indexer']
  await killedStarter(home, roles, child)
  for (const role of roles) await expect.poll(() => readLog(home, role)).toContain('on')

  expect(await stopLeftovers(home)).toBe(3)

  expect(readFileSync(endings, 'utf8')).toBe('gateway indexer chain ')
  expect(await stopLeftovers(home)).toBe(0)
})

it.runIf(process.platform === 'linux')('finds what was left by its mark when no record of it was written', async () => {
  const home = aHome()
  await killedStarter(home, ['indexer'], "console.log('on'); setInterval(() => {}, 1000)")
  await expect.poll(() => readLog(home, 'indexer')).toContain('on')
  rmSync(join(home, 'run'), { recursive: true })

  expect(await stopLeftovers(home)).toBe(1)
})

it('never stops a foreign process that was given an old number', async () => {
  const home = aHome()
  const foreign = spawn('sleep', ['60'])
  onTestFinished(() => void foreign.kill('SIGKILL'))
  mkdirSync(join(home, 'run'))
  const record = { name: 'indexer', ...identifyProcess(foreign.pid ?? 0), began: 'at another time' }
  writeFileSync(join(home, 'run/indexer.json'), JSON.stringify(record))

  expect(await stopLeftovers(home)).toBe(0)
  expect(foreign.signalCode).toBeNull()
})

it('leaves the children of another state folder alone', async () => {
  const [mine, theirs] = [aHome(), aHome()]
  const child = startChild(theirs, aNode('indexer', 'setInterval(() => {}, 1000)'))

  expect(await stopLeftovers(mine)).toBe(0)

  expect(child.isGone()).toBe(false)
  await child.stop()
})

function aHome(): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-children-')))
  onTestFinished(async () => {
    await stopLeftovers(home)
    rmSync(home, { recursive: true })
  })
  return home
}

function aNode(name: string, source: string) {
  return { name, command: process.execPath, args: ['--eval', source], cwd: tmpdir() }
}

/** A process that starts children as the starter does, and is killed as soon as it has. */
async function killedStarter(home: string, roles: readonly string[], source: string): Promise<void> {
  const children = new URL('./children.mjs', import.meta.url).href
  const starter = `
    import { startChild } from ${JSON.stringify(children)}
    for (const name of ${JSON.stringify(roles)}) {
      startChild(${JSON.stringify(home)}, { name, command: process.execPath, args: ['--eval', ${JSON.stringify(source)}], cwd: '/' })
    }
    process.kill(process.pid, 'SIGKILL')`
  const process_ = spawn(process.execPath, ['--input-type=module', '--eval', starter], { stdio: 'ignore' })
  await once(process_, 'exit')
}

function readLog(home: string, name: string): string {
  const path = join(home, 'logs', `${name}.log`)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
