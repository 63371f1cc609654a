import { Answer } from '../generated/schema'

export function answer(id: string, text: string): void {
  const found = new Answer(id)
  found.text = text
  found.save()
}
