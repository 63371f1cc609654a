import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { findCircles } from '../.ci/circles.mjs'

it('finds circles of files and of rooms, and takes a way back for none', () => {
  const root = mkdtempSync(join(tmpdir(), 'heddle-circles-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  write('api/src/a.ts', "import { b } from './b.ts'\n")
  write('api/src/b.ts', "import {\n  type C,\n} from './c.ts'\nimport './d.ts'\n")
  write('api/src/c.ts', "export type { A } from './a.ts'\n")
  write('api/src/d.ts', "import { e } from 'elsewhere'\n// import { a } from './a.ts'\n")
  write('indexer/src/hall/one.ts', "import { two } from '../cellar/two.ts'\n")
  write('indexer/src/cellar/two.ts', '')
  write('indexer/src/cellar/three.ts', "import type { Four } from '../hall/four.ts'\n")
  write('indexer/src/hall/four.ts', '')

  expect(findCircles(root)).toEqual([
    'api/src/a.ts  ↔  api/src/b.ts  ↔  api/src/c.ts',
    'indexer/src/cellar  ↔  indexer/src/hall',
  ])
})
