/**
 * Prints what was projected as one upstream document. Values of the client's variables never become text: the document
 * refers to them, and forwards their definitions, so that the same question is always the same text.
 */
import type { ArgumentNode, FieldNode, OperationDefinitionNode, ValueNode } from 'graphql'
import { isAbstractType, print, visit } from 'graphql'
import type { Lists } from './lists.ts'
import { BLOCK_VARIABLE, keyAlias, PIN_ALIAS, TYPE_ALIAS } from './names.ts'
import type { ChainSelection } from './project.ts'

/** One root field of an upstream document. */
export interface Root {
  /** Under which the answer comes back. */
  readonly key: string
  readonly name: string
  /** `first: $n, where: {…}`, without `block`. */
  readonly args: string
  /** The client's own `block` argument; such a field is never pinned. */
  readonly block?: string
  /** Whether the field has a `block` argument at all. */
  readonly takesBlock: boolean
  readonly selection?: ChainSelection
  /** Whose length the client chooses: to be measured before the field is asked for. */
  readonly lists: readonly Lists[]
  /** The printed selection set, braces included; empty for a leaf. */
  readonly body: string
  /** Definitions of the variables used, by name, such as `$n: Int = 10`. */
  readonly variables: ReadonlyMap<string, string>
}

/** A root field of the client's operation, with the selection it was projected to. */
export function rootOf(
  key: string,
  node: FieldNode,
  operation: OperationDefinitionNode,
  takesBlock: boolean,
  selection: ChainSelection | undefined,
): Omit<Root, 'lists'> {
  const block = node.arguments?.find(({ name, value }) => name.value === 'block' && value.kind !== 'NullValue')
  const others = node.arguments?.filter(({ name }) => name.value !== 'block') ?? []
  const used = new Set<string>()
  node.arguments?.forEach((argument) => {
    collectVariables(argument.value, used)
  })
  if (selection) {
    collectSelectionVariables(selection, used)
  }
  return {
    key,
    name: node.name.value,
    args: printArgs(others),
    ...(block && { block: print(block.value) }),
    takesBlock,
    ...(selection && { selection }),
    body: selection ? printSelection(selection) : '',
    variables: definitionsOf(operation, used),
  }
}

/** The definitions of those variables an operation declares, as text. Directives on them are the client's affair. */
export function definitionsOf(operation: OperationDefinitionNode, used: ReadonlySet<string>): Map<string, string> {
  const definitions = new Map<string, string>()
  for (const { variable, type, defaultValue } of operation.variableDefinitions ?? []) {
    if (used.has(variable.name.value)) {
      const fallback = defaultValue ? ` = ${printValue(defaultValue)}` : ''
      definitions.set(variable.name.value, `$${variable.name.value}: ${print(type)}${fallback}`)
    }
  }
  return definitions
}

/**
 * @param options.pinned - whether fields without a block of their own are asked for at `$_k_block`
 * @param options.askBlock - whether the document also asks which block it is answered at
 */
export function printDocument(roots: readonly Root[], options: { pinned: boolean; askBlock: boolean }): string {
  const variables = new Map<string, string>()
  const fields: string[] = options.askBlock ? [printPin(roots)] : []
  for (const root of byBlock(roots)) {
    for (const [name, definition] of root.variables) {
      variables.set(name, definition)
    }
    const pin = options.pinned && root.takesBlock && root.block === undefined
    const block = pin ? `block: $${BLOCK_VARIABLE}` : root.block && `block: ${root.block}`
    if (pin) {
      variables.set(BLOCK_VARIABLE, `$${BLOCK_VARIABLE}: Block_height`)
    }
    const args = [root.args, block].filter(Boolean).join(', ')
    fields.push(`${printName(root.key, root.name)}${args && `(${args})`}${root.body}`)
  }
  const definitions = variables.size > 0 ? `(${[...variables.values()].join(', ')})` : ''
  return `query${definitions} { ${fields.join(' ')} }`
}

/**
 * graph-node answers neighbours of the same block in one go and each further group anew, so what is of the latest block stands
 * together, next to the question which block that is.
 */
function byBlock(roots: readonly Root[]): readonly Root[] {
  const latest = roots.filter(({ block }) => block === undefined)
  const others = roots.filter(({ block }) => block !== undefined)
  return [...latest, ...[...Map.groupBy(others, ({ block }) => block).values()].flat()]
}

/** If the client asks for everything at one block of its own, then that is the operation's block. */
function printPin(roots: readonly Root[]): string {
  const blocks = new Set(roots.filter(({ takesBlock }) => takesBlock).map(({ block }) => block))
  const [block] = blocks
  const args = blocks.size === 1 && block !== undefined ? `(block: ${block})` : ''
  return `${PIN_ALIAS}: _meta${args} { block { number hash timestamp } }`
}

export function printSelection(selection: ChainSelection): string {
  const parts: string[] = isAbstractType(selection.type) ? [`${TYPE_ALIAS}: __typename`] : []
  for (const [key, field] of selection.fields) {
    const args = printArgs(field.node.arguments ?? [])
    parts.push(
      `${printName(key, field.node.name.value)}${args && `(${args})`}${field.selection ? printSelection(field.selection) : ''}`,
    )
  }
  for (const path of selection.keys) {
    const [first = path, ...rest] = path.split('.')
    parts.push(`${keyAlias(path)}: ${first}${rest.map((step) => ` { ${step}`).join('')}${' }'.repeat(rest.length)}`)
  }
  for (const [condition, fragment] of selection.fragments) {
    parts.push(`... on ${condition}${printSelection(fragment)}`)
  }
  return ` { ${parts.length > 0 ? parts.join(' ') : `${TYPE_ALIAS}: __typename`} }`
}

function printName(key: string, name: string): string {
  return key === name ? name : `${key}: ${name}`
}

function printArgs(args: readonly ArgumentNode[]): string {
  return args.map(({ name, value }) => `${name.value}: ${printValue(value)}`).join(', ')
}

/** graph-node takes the escape of a backspace for another letter, but not its number. */
function printValue(value: ValueNode): string {
  const text = print(visit(value, { StringValue: (node) => ({ ...node, block: false }) }))
  return text.replace(/\\(.)/gs, (same, letter) => (letter === 'b' ? '\\u0008' : same))
}

export function collectSelectionVariables(selection: ChainSelection, into: Set<string>): void {
  for (const { node, selection: below } of selection.fields.values()) {
    node.arguments?.forEach((argument) => {
      collectVariables(argument.value, into)
    })
    if (below) {
      collectSelectionVariables(below, into)
    }
  }
  for (const fragment of selection.fragments.values()) {
    collectSelectionVariables(fragment, into)
  }
}

function collectVariables(value: ValueNode, into: Set<string>): void {
  if (value.kind === 'Variable') {
    into.add(value.name.value)
  } else if (value.kind === 'ListValue') {
    value.values.forEach((item) => {
      collectVariables(item, into)
    })
  } else if (value.kind === 'ObjectValue') {
    value.fields.forEach((field) => {
      collectVariables(field.value, into)
    })
  }
}
