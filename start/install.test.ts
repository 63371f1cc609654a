import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { installStamp, nativePrograms, reasonToInstall } from './install.mjs'

const { platform, arch, versions } = process
const thisNode = { modules: versions.modules, platform, arch }

it('asks for npm when nothing is installed', async () => {
  expect(await reasonToInstall(await aClone({ stamp: null }))).toBe('nothing is installed')
})

it('asks for nothing when what is installed is what the lockfile and this Node ask for', async () => {
  expect(await reasonToInstall(await aClone({}))).toBeNull()
})

it('asks for npm when the lockfile has changed since', async () => {
  expect(await reasonToInstall(await aClone({ stamp: installStamp('another', thisNode) }))).toMatch(/lockfile/)
})

it('asks for npm when another Node installed, since npm chose native packages for that one', async () => {
  const stamp = installStamp(lockfile, { ...thisNode, modules: '115' })
  expect(await reasonToInstall(await aClone({ stamp }))).toMatch(/Node/)
})

it('notices a package that was removed since', async () => {
  const root = await aClone({})
  await rm(join(root, 'node_modules/left'), { recursive: true })
  expect(await reasonToInstall(root)).toBe('node_modules/left/package.json is missing')
})

it('notices a native program that npm left out', async () => {
  const root = await aClone({})
  const [program = ''] = nativePrograms()
  await rm(join(root, program))
  expect(await reasonToInstall(root)).toBe(`${program} is missing`)
})

const lockfile = '{ "lockfileVersion": 3 }'

async function aClone({ stamp = installStamp(lockfile, thisNode) }: { stamp?: string | null }): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'heddle-install-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  await write('package-lock.json', lockfile)
  await write('node_modules/left/package.json', '{}')
  for (const program of nativePrograms()) await write(program, '')
  await write('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/left': {} } }))
  if (stamp !== null) await write('node_modules/.heddle-installed.json', stamp)
  return root
}
