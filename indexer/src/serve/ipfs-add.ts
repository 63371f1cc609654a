import { cidText } from '../ipfs/cid.ts'
import type { AddOptions, Files } from '../ipfs/files.ts'
import type { Target } from '../ipfs/unixfs.ts'
import type { Request, Response } from './http.ts'
import { IpfsError } from './ipfs-error.ts'

/** What was added, as it lies in folders. */
type Folder = Map<string, Target | Folder>

/** One line of the answer. */
interface Added {
  readonly name: string
  readonly target: Target
}

/**
 * `add`: takes the files of a form and answers with a line for each, and after them one for each folder that they lie in, the
 * innermost first. Names with slashes lie in folders.
 * @see https://docs.ipfs.tech/reference/kubo/rpc/#api-v0-add
 */
export async function add({ body, headers, search }: Request, files: Files): Promise<Response> {
  const options = readOptions(search)
  const form = await new globalThis.Response(Uint8Array.from(body), {
    headers: { 'content-type': headers['content-type'] ?? '' },
  })
    .formData()
    .catch(() => {
      throw new IpfsError('expected a form with files, as multipart/form-data')
    })
  const lines: Added[] = []
  const root: Folder = new Map()
  for (const part of form.values()) {
    if (typeof part === 'string') throw new IpfsError('a part of the form is no file')
    const path = pathOf(part)
    if (part.type === 'application/x-directory') {
      folderAt(root, path)
      continue
    }
    const target = await files.add(new Uint8Array(await part.arrayBuffer()), options)
    const name = path.pop() ?? cidText(target.cid)
    folderAt(root, path).set(name, target)
    lines.push({ name: [...path, name].join('/'), target })
  }
  if (root.size === 0) throw new IpfsError('file argument "path" is required')
  const folders: Added[] = []
  const whole = await addFolders(root, '', files, options, folders)
  if (isOn(search, 'wrap-with-directory')) {
    folders.push({ name: '', target: await addFolder(whole, files, options) })
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: [...lines, ...folders].map(line).join(''),
  }
}

/** @throws {@link IpfsError} where something else is asked for than what is done here */
function readOptions(search: URLSearchParams): AddOptions {
  for (const [option, done] of Object.entries(fixed)) {
    const given = search.get(option)
    if (given !== null && !done.includes(given)) {
      throw new IpfsError(`the option "${option}" can only be ${done[0]} here, not ${given}`)
    }
  }
  const version = search.get('cid-version') ?? '0'
  if (version !== '0' && version !== '1') throw new IpfsError(`unknown CID version: ${version}`)
  return {
    version: version === '1' ? 1 : 0,
    rawLeaves: search.has('raw-leaves') ? isOn(search, 'raw-leaves') : version === '1',
    isKept: !isOn(search, 'only-hash'),
  }
}

/** Options that change what a file is called, with the only values that are known here. */
const fixed: Readonly<Record<string, readonly string[]>> = {
  chunker: ['size-262144', ''],
  hash: ['sha2-256', ''],
  trickle: ['false'],
  inline: ['false'],
  nocopy: ['false'],
  'preserve-mode': ['false'],
  'preserve-mtime': ['false'],
}

function isOn(search: URLSearchParams, option: string): boolean {
  const given = search.get(option)
  if (given === null || given === 'false' || given === '0') return false
  if (given === 'true' || given === '1' || given === '') return true
  throw new IpfsError(`the option "${option}" is true or false, not ${given}`)
}

/** The names that lead to a part; clients send them with their signs escaped. Empty where it has none. */
function pathOf({ name }: { readonly name: string }): string[] {
  let path = name
  try {
    path = decodeURIComponent(name)
  } catch {
    // Not escaped, then.
  }
  const names = path.split('/').filter((part) => part !== '' && part !== '.')
  if (names.includes('..')) throw new IpfsError(`invalid path "${path}": it leads out of what is added`)
  return names
}

function folderAt(root: Folder, path: readonly string[]): Folder {
  let folder = root
  for (const name of path) {
    const found = folder.get(name)
    const below = found instanceof Map ? found : new Map<string, Target | Folder>()
    folder.set(name, below)
    folder = below
  }
  return folder
}

/** @returns what lies in a folder, each with its name; the folders among it are added to `lines` */
async function addFolders(
  folder: Folder,
  path: string,
  files: Files,
  options: AddOptions,
  lines: Added[],
): Promise<ReadonlyMap<string, Target>> {
  const entries = new Map<string, Target>()
  for (const [name, entry] of folder) {
    if (!(entry instanceof Map)) {
      entries.set(name, entry)
      continue
    }
    const target = await addFolder(await addFolders(entry, `${path}${name}/`, files, options, lines), files, options)
    lines.push({ name: path + name, target })
    entries.set(name, target)
  }
  return entries
}

async function addFolder(entries: ReadonlyMap<string, Target>, files: Files, options: AddOptions): Promise<Target> {
  // Where IPFS begins to spread a directory over several blocks.
  const estimate = [...entries].reduce((sum, [name]) => sum + Buffer.byteLength(name) + 36, 0)
  if (estimate > 262_144)
    throw new IpfsError(`a directory of ${entries.size} entries would have to be sharded, which is not done here`)
  return files.addDirectory(entries, options)
}

function line({ name, target }: Added): string {
  return `${JSON.stringify({ Name: name, Hash: cidText(target.cid), Size: String(target.totalBytes) })}\n`
}
