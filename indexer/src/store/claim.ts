import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { identifyProcess, isSameProcess, type ProcessIdentity } from './process-identity.ts'

/** Who holds a claim, and what it wrote of itself. */
export type Owner = ProcessIdentity & { readonly file: string; readonly note: string }

export type Claim =
  | { readonly kind: 'held'; release(): Promise<void> }
  | { readonly kind: 'taken'; readonly owner: Owner }

/**
 * Claims a file for this process. Of any number that try at the same moment, one gets it; a claim dies with its process,
 * however that ended, and is not inherited by a later process of the same number or by a copy of the folder.
 * @param file - absolute, with links resolved, in a folder that exists
 * @param note - for whoever finds it taken
 */
export async function claim(file: string, note = ''): Promise<Claim> {
  const mine = JSON.stringify({ ...identifyProcess(process.pid), file, note, nonce: randomBytes(8).toString('hex') })
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  await writeFile(draft, mine)
  try {
    while (!(await linkOnce(draft, file))) {
      const seen = await readFile(file, 'utf8').catch(() => '')
      const owner = livingOwner(seen, file)
      if (owner !== null) return { kind: 'taken', owner }
      await dropStale(file, seen)
    }
  } finally {
    await rm(draft, { force: true })
  }
  const release = async () => {
    if ((await readFile(file, 'utf8').catch(() => '')) === mine) await rm(file, { force: true })
  }
  return { kind: 'held', release }
}

/** @returns the living owner of a claim, without trying to get it */
export async function ownerOf(file: string): Promise<Owner | null> {
  return livingOwner(await readFile(file, 'utf8').catch(() => ''), file)
}

/** A hard link appears whole or not at all, and never over another file. */
async function linkOnce(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function livingOwner(text: string, file: string): Owner | null {
  try {
    const owner: Owner = JSON.parse(text)
    return owner.file === file && isSameProcess(owner) ? owner : null
  } catch {
    return null
  }
}

/** Removes a dead owner's file; if another process has just replaced it, puts that one back. */
async function dropStale(file: string, seen: string): Promise<void> {
  const aside = `${file}.stale.${randomBytes(4).toString('hex')}`
  await rename(file, aside).catch(() => undefined)
  if ((await readFile(aside, 'utf8').catch(() => seen)) !== seen) await link(aside, file).catch(() => undefined)
  await rm(aside, { force: true })
}
