import { instantiate } from '../src/deployment/data-source.ts'
import type { Context, Deployment, NewSource } from '../src/deployment/deployment.ts'
import { type AwaitedFile, type FoundFile, pathOf } from '../src/files/awaited.ts'
import { filePath } from '../src/ipfs/path.ts'
import { KitError } from './kit-error.ts'

/** A file that a handler asked for, as a test sees it. */
export interface RunFile {
  /** Name of the template. */
  readonly name: string
  /** A CID, or a path below one. */
  readonly path: string
  readonly context: Context
  readonly isHandled: boolean
}

/** An IPFS that holds what it was told, and the files that handlers asked for. */
export class MockFiles {
  readonly #deployment: Deployment
  readonly #contents = new Map<string, Uint8Array>()
  /** By what makes them one: template, path and context. */
  #asked: ReadonlyMap<string, AwaitedFile & { readonly isHandled: boolean }> = new Map()

  constructor(deployment: Deployment) {
    this.#deployment = deployment
  }

  /** @throws {@link KitError} if the CID is none: a handler could not ask for it */
  put(cid: string, content: string | Uint8Array): void {
    const path = filePath(cid)
    if (path === null) throw new KitError(`"${cid}" is no CID, so no handler can ask for it.`)
    this.#contents.set(path, typeof content === 'string' ? new TextEncoder().encode(content) : content)
  }

  /** Handlers asked for these in a block; what was asked for before is one with it. */
  ask(created: readonly NewSource[], atBlock: number): void {
    const asked = new Map(this.#asked)
    for (const file of created) {
      const sorted = Object.entries(file.context).sort(([a], [b]) => (a < b ? -1 : 1))
      const key = JSON.stringify([file.template, file.address, sorted])
      if (asked.has(key)) continue
      const source = instantiate(this.#deployment, file, atBlock)
      asked.set(key, { region: asked.size + 1, source, isHandled: false })
    }
    this.#asked = asked
  }

  /** Those that were asked for, are here, and were not handled yet. */
  ready(): FoundFile[] {
    return [...this.#asked.values()].flatMap((file) => {
      const content = this.#contents.get(pathOf(file))
      return content === undefined || file.isHandled ? [] : [{ region: file.region, source: file.source, content }]
    })
  }

  handled(regions: readonly number[]): void {
    this.#asked = new Map(
      [...this.#asked].map(([key, file]) => [key, regions.includes(file.region) ? { ...file, isHandled: true } : file]),
    )
  }

  /** @returns what takes back all that happens from now on */
  remember(): () => void {
    const asked = this.#asked
    return () => {
      this.#asked = asked
    }
  }

  /** In the order they were asked for. */
  all(): RunFile[] {
    return [...this.#asked.values()].map((file) => ({
      name: file.source.definition.name,
      path: pathOf(file),
      context: file.source.context,
      isHandled: file.isHandled,
    }))
  }
}
