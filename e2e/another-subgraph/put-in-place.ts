/** Puts the council in place of the example, in a copy of the repository, as a team would: by the files it may edit and no others. */
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { command } from '../command.ts'
import { repository } from '../stack.ts'

/** What api/README.md says a team edits; everything else of the gateway is to stay as it is. */
export const editedPlaces = [
  'api/src/weave.ts',
  'api/src/schema',
  'api/examples',
  'prisma/schema.prisma',
  'prisma/migrations',
  'prisma/seed.ts',
  'prisma/seed',
  'subgraph',
] as const

/** Rooms of which there is a copy, and what is not copied of them: what is written by machines, and tests of the example. */
const copiedRooms = ['api', 'prisma']
const left = /(^|\/)(node_modules|generated|build|\.turbo)(\/|$)|\.test\.ts$|^api\/test(\/|$)/

export interface Copy extends AsyncDisposable {
  readonly root: string
  /** Runs a program in a folder of the copy, in this Node. @returns what it printed */
  node(folder: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string>
  /** Files that the copy has otherwise than the repository, or only one of them has. */
  changedFiles(): Promise<string[]>
}

export async function putCouncilInPlace(): Promise<Copy> {
  const root = await mkdtemp(join(tmpdir(), 'heddle-council-'))
  for (const room of copiedRooms) {
    await cp(join(repository, room), join(root, room), {
      recursive: true,
      filter: (path) => !left.test(relative(repository, path)),
    })
  }
  await cp(join(repository, 'tsconfig.json'), join(root, 'tsconfig.json'))
  for (const shared of ['indexer', 'node_modules']) await symlink(join(repository, shared), join(root, shared))
  for (const place of editedPlaces) await rm(join(root, place), { recursive: true, force: true })
  for (const part of ['api', 'prisma', 'subgraph']) {
    await cp(join(import.meta.dirname, part), join(root, part), { recursive: true })
  }
  return {
    root,
    node: (folder, args, env) => command(process.execPath, args, env, join(root, folder)),
    changedFiles: () => differences(root),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

async function differences(root: string): Promise<string[]> {
  const [ours, theirs] = await Promise.all([root, repository].map(filesOf))
  const names = [...new Set([...(ours?.keys() ?? []), ...(theirs?.keys() ?? [])])].sort()
  return names.filter((name) => ours?.get(name) !== theirs?.get(name))
}

/** The texts of the copied rooms' files, by path. */
async function filesOf(root: string): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const room of copiedRooms) {
    for (const entry of await readdir(join(root, room), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      const name = relative(root, path)
      if (entry.isFile() && !left.test(name)) files.set(name, await readFile(path, 'utf8'))
    }
  }
  return files
}
