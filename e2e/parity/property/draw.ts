import { seeded } from '../random.ts'
import { drawRows } from './draw-rows.ts'
import { drawSchema } from './draw-schema.ts'
import type { Sketch } from './sketch.ts'

/** The subgraph of a seed and a number: always the same one. */
export function drawSketch(seed: number, index: number): Sketch {
  const random = seeded(`${seed}/${index}`)
  const schema = drawSchema(random)
  return { ...schema, ...drawRows(schema, random) }
}
