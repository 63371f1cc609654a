/**
 * Finds imports that go in a circle: between files, and between the rooms of a package (`src/<room>/`), of types as of values.
 * Whoever reads one of such files has to read them all.
 *   node .ci/circles.mjs [root]
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const ours = ['api', 'bench', 'contracts', 'e2e', 'indexer', 'prisma', 'start', 'subgraph']
const notOurs = new Set(['node_modules', 'generated', 'build'])

/** @param {string} root @returns {string[]} one line for each circle */
export function findCircles(root) {
  const files = ours.flatMap((folder) => sourcesIn(root, folder))
  const known = new Set(files)
  const imports = new Map(files.map((file) => [file, importsOf(root, file).filter((target) => known.has(target))]))
  return [...circlesIn(imports), ...circlesIn(betweenRooms(imports))].map((circle) => circle.sort().join('  ↔  '))
}

/** @param {string} root @param {string} folder @returns {string[]} */
function sourcesIn(root, folder) {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : sourcesIn(root, path)
      return /(?<!\.d)\.(ts|mjs)$/.test(entry.name) ? [path] : []
    })
  } catch {
    return []
  }
}

/** @param {string} root @param {string} file @returns {string[]} the files it names, from the root */
function importsOf(root, file) {
  const text = readFileSync(join(root, file), 'utf8')
  const statements = text.matchAll(/^(?:import|export)\b[^'"`;]*?\bfrom\s+'(\.[^']+)'|^import\s+'(\.[^']+)'/gm)
  return [...statements].map(([, from, bare]) => normalize(join(dirname(file), from ?? bare ?? '')))
}

/** @param {Map<string, string[]>} imports @returns {Map<string, string[]>} the same from room to room; tests may look anywhere */
function betweenRooms(imports) {
  /** @type {Map<string, string[]>} */
  const rooms = new Map()
  for (const [file, targets] of imports) {
    const room = roomOf(file)
    if (room === null || /\.test\.ts$/.test(file)) continue
    const others = targets.map(roomOf).filter((other) => other !== null && other !== room)
    rooms.set(room, [...(rooms.get(room) ?? []), .../** @type {string[]} */ (others)])
  }
  return rooms
}

/** @param {string} file */
function roomOf(file) {
  return /^[\w-]+\/src\/[\w-]+(?=\/)/.exec(file)?.[0] ?? null
}

/**
 * Sets of more than one node in which each leads to every other.
 * @param {Map<string, string[]>} edges
 * @returns {string[][]}
 * @see R. Tarjan, Depth-First Search and Linear Graph Algorithms (1972)
 */
function circlesIn(edges) {
  /** @type {string[][]} */
  const circles = []
  /** @type {string[]} */
  const path = []
  /** @type {Map<string, number>} */
  const order = new Map()
  /** @param {string} node @returns {number} the earliest node it leads back to */
  const visit = (node) => {
    const own = order.size
    order.set(node, own)
    path.push(node)
    let earliest = own
    for (const next of edges.get(node) ?? []) {
      const seen = order.get(next)
      if (seen === undefined) earliest = Math.min(earliest, visit(next))
      else if (path.includes(next)) earliest = Math.min(earliest, seen)
    }
    if (earliest === own) {
      const circle = path.splice(path.indexOf(node))
      if (circle.length > 1) circles.push(circle)
    }
    return earliest
  }
  for (const node of edges.keys()) if (!order.has(node)) visit(node)
  return circles
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const circles = findCircles(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))
  for (const circle of circles) console.error(`Imports go in a circle: ${circle}`)
  process.exitCode = circles.length > 0 ? 1 : 0
}
