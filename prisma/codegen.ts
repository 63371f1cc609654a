/** Writes `generated/`: the Prisma client and the Pothos types, from schema.prisma. */
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'

const prisma = dirname(createRequire(import.meta.url).resolve('prisma/package.json'))

const env = {
  ...process.env,
  // `prisma generate` fetches a native schema engine and then has no use for it: any program can stand in for one.
  PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
  CHECKPOINT_DISABLE: '1',
  // Where the generators are found by name.
  PATH: [join(prisma, '../.bin'), dirname(process.execPath), process.env.PATH].join(delimiter),
}

const args = [join(prisma, 'build/index.js'), 'generate', '--no-hints']
execFile(process.execPath, args, { cwd: import.meta.dirname, env }, (error, stdout, stderr) => {
  if (!error) return
  process.stderr.write(stdout + stderr)
  process.exitCode = 1
})
