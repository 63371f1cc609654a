import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

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
