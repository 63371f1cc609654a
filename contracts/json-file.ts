import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Reads a JSON file that one of our commands wrote.
 * @returns undefined if there is none, or if it is not JSON: whoever asks makes a new one
 */
export function readJson<Content>(file: string): Content | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
      return undefined
    }
    throw error
  }
}

/**
 * Writes a JSON file so that a reader sees the old one or the new one whole, whenever this process is killed.
 * Makes the folder if there is none.
 */
export function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true })
  const part = `${file}.${process.pid}.part`
  writeFileSync(part, `${JSON.stringify(value, null, 2)}\n`)
  renameSync(part, file)
}
