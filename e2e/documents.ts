import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from './stack.ts'

/** A fenced block of one of the repository's pages. */
export interface Block {
  readonly page: string
  readonly language: string
  readonly text: string
}

/** All fenced blocks of all pages: README.md at the root and in each room. */
export async function documentedBlocks(): Promise<Block[]> {
  const rooms = await readdir(repository, { withFileTypes: true })
  const folders = rooms.filter((entry) => entry.isDirectory() && !/^(\.|node_modules)/.test(entry.name))
  const pages = ['README.md', ...folders.map(({ name }) => join(name, 'README.md'))]
  const texts = await Promise.all(pages.map((page) => readFile(join(repository, page), 'utf8').catch(() => '')))
  return texts.flatMap((text, index) =>
    [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', block = '']) => ({
      page: pages[index] ?? '',
      language,
      text: block,
    })),
  )
}

/** The commands of the pages, without comments, each once. */
export function commandsOf(blocks: readonly Block[]): string[] {
  const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.split('\n'))
  return [...new Set(lines.map((line) => line.replace(/\s+#.*$/, '').trim()).filter((line) => line !== ''))]
}
