import { readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What `--fresh` leaves: the pinned Node is no state (and may be running this), the claims are of those who run now. */
const KEPT = new Set(['node', 'starter.json', 'prepare.json'])

/**
 * Forgets everything: the chain, the index, what people wrote, the logs.
 * @param {string} home
 * @param {(dataDir: string) => Promise<void>} removePostgres - also what a server keeps outside its folder
 */
export async function clearHome(home, removePostgres) {
  for (const place of await findPlaces(home)) await removePostgres(dirname(place))
  for (const name of await readdir(home)) {
    if (!KEPT.has(name)) await rm(join(home, name), { recursive: true, force: true })
  }
}

/**
 * Each embedded Postgres has a `place.json` in its folder, a level or three below the home.
 * @param {string} folder
 * @param {number} [depth]
 * @returns {Promise<string[]>}
 */
async function findPlaces(folder, depth = 0) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const here = entries.filter((entry) => entry.name === 'place.json').map((entry) => join(folder, entry.name))
  if (here.length > 0 || depth === 3) return here
  const below = entries.filter((entry) => entry.isDirectory() && entry.name !== 'node')
  return [...here, ...(await Promise.all(below.map((entry) => findPlaces(join(folder, entry.name), depth + 1)))).flat()]
}
