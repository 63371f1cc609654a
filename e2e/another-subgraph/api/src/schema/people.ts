import type { Builder } from '../builder.ts'
import { briefType } from './brief.ts'
import { rationaleType } from './rationale.ts'
import { writerType } from './writer.ts'

/** All types of people's rows. */
export function peopleTypes(builder: Builder): void {
  writerType(builder)
  briefType(builder)
  rationaleType(builder)
}
