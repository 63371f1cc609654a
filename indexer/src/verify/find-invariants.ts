import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Deployment } from '../deployment/deployment.ts'
import { InvalidInvariantsError } from '../errors.ts'
import { parseInvariants } from './invariant.ts'

const fileName = 'invariants.yaml'

/**
 * Finds the file that says what must hold of a build: the one that is named, or the one beside the manifest. The manifest of a build
 * is in a folder `build`, so one level up counts as beside.
 * @returns its text, checked; null if there is none
 * @throws InvalidInvariantsError if it cannot be followed, or the named one not be read
 */
export async function findInvariants(
  deployment: Deployment,
  { manifest, named }: { readonly manifest?: string; readonly named?: string },
): Promise<string | null> {
  if (named !== undefined) {
    const text = await readNamed(named)
    parseInvariants(text, deployment, named)
    return text
  }
  if (manifest === undefined) return null
  const folder = dirname(manifest)
  const places = basename(folder) === 'build' ? [folder, dirname(folder)] : [folder]
  for (const place of places) {
    const file = join(place, fileName)
    const text = await readFile(file, 'utf8').catch(() => null)
    if (text === null) continue
    parseInvariants(text, deployment, file)
    return text
  }
  return null
}

/** The file that was named for a deployment of these names, by the first of them that has one. */
export function namedFile(files: ReadonlyMap<string, string>, names: readonly string[]): string | undefined {
  return names.map((name) => files.get(name)).find((file) => file !== undefined)
}

/** So that whoever mistypes a path learns it at the start. @throws InvalidInvariantsError */
export async function requireReadable(files: ReadonlyMap<string, string>): Promise<void> {
  await Promise.all([...files.values()].map(readNamed))
}

async function readNamed(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new InvalidInvariantsError(file, ['it cannot be read'], cause)
  })
}
