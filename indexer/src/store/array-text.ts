/**
 * Arrays of one dimension in Postgres' text form: `{1,NULL,"a \"b\""}`.
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export function writeArray(elements: readonly (string | null)[]): string {
  return `{${elements.map(writeElement).join(',')}}`
}

export function parseArray(text: string): (string | null)[] {
  const elements: (string | null)[] = []
  // A quoted element with its escapes, or a bare one up to the next comma.
  const element = /"((?:[^"\\]|\\.)*)"|([^,{}"]+)/gs
  for (const [, quoted, bare] of text.matchAll(element)) {
    if (quoted !== undefined) elements.push(quoted.replace(/\\(.)/gs, '$1'))
    else elements.push(bare === undefined || bare === 'NULL' ? null : bare)
  }
  return elements
}

function writeElement(element: string | null): string {
  if (element === null) return 'NULL'
  if (/^[-0-9a-zA-Z.]+$/.test(element) && !/^null$/i.test(element)) return element
  return `"${element.replace(/["\\]/g, '\\$&')}"`
}
