/**
 * What keeps the local chain over a stop. anvil can write its state by itself, but not in one piece: killed while it does, it
 * leaves half a file. So we ask it for its state (old blocks' states with it, or calls at past blocks would fail) and
 * put that on disk under a new name first. The last but one is kept, and gzip's checksum tells a whole file from a torn one.
 *
 *     chain/state.json.gz   chain/state.before.json.gz   chain/state.json   what anvil loads, unpacked at each start
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { rpc } from './rpc.mjs'

/**
 * Unpacks the newest whole state.
 * @param {string} folder
 * @returns {Promise<string | null>} the file for anvil to load, or null if there is none yet
 */
export async function restoreState(folder) {
  const unpacked = join(folder, 'state.json')
  for (const packed of packedFiles(folder)) {
    try {
      await pipeline(createReadStream(packed), createGunzip(), createWriteStream(unpacked))
      return unpacked
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') throw error
    }
  }
  return null
}

/**
 * @param {string} folder
 * @param {string} url
 * @returns {Promise<number>} how large it is, in bytes
 */
export async function saveState(folder, url) {
  const [newest, before] = packedFiles(folder)
  const blob = await rpc(url, 'anvil_dumpState', [true], 120_000)
  const fresh = join(folder, 'state.new')
  await mkdir(folder, { recursive: true })
  const file = await open(fresh, 'w')
  try {
    await file.writeFile(Buffer.from(blob.slice(2), 'hex'))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(newest, before).catch(() => undefined)
  await rename(fresh, newest)
  return (await stat(newest)).size
}

/**
 * @param {string} folder
 * @returns {Promise<boolean>} whether the chain was ever saved
 */
export async function hasState(folder) {
  const found = await Promise.all(
    packedFiles(folder).map((file) =>
      stat(file).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.includes(true)
}

/** @param {string} folder @returns {[string, string]} */
function packedFiles(folder) {
  return [join(folder, 'state.json.gz'), join(folder, 'state.before.json.gz')]
}

/**
 * Saves the state whenever blocks have come and then none for a moment; while they keep coming, now and then. Saving costs the
 * chain's time (a second and more once it has hundreds of blocks), so it takes at most a quarter of it, and a tenth while
 * blocks keep coming.
 * @param {string} folder
 * @param {string} url
 * @param {string} saved - the hash of the block that the state on disk ends with, or nothing
 * @returns {{ stop(): Promise<void> }} `stop` saves what is still unsaved, if the chain answers
 */
export function keepState(folder, url, saved) {
  let seen = ''
  let stillSince = performance.now()
  let savedAt = 0
  let costMs = 0
  let isStopped = false
  /** @type {Promise<void>} */
  let looking = Promise.resolve()

  async function look() {
    const { hash } = await rpc(url, 'eth_getBlockByNumber', ['latest', false])
    const now = performance.now()
    if (hash !== seen) {
      seen = hash
      stillSince = now
    }
    if (hash === saved) return
    const isStill = now - stillSince > 300
    if (now - savedAt > (isStill ? 3 : 10) * costMs && (isStill || now - savedAt > 5_000)) await save(hash)
  }

  /** @param {string} hash */
  async function save(hash) {
    const startedAt = performance.now()
    await saveState(folder, url)
    saved = hash
    savedAt = performance.now()
    costMs = savedAt - startedAt
  }

  const timer = setInterval(() => {
    looking = looking.then(() => (isStopped ? undefined : look())).catch(() => undefined)
  }, 200)

  return {
    async stop() {
      clearInterval(timer)
      isStopped = true
      await looking
      const latest = await rpc(url, 'eth_getBlockByNumber', ['latest', false], 2_000).catch(() => null)
      if (latest !== null && latest.hash !== saved) await save(latest.hash)
    },
  }
}
