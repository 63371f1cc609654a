import { story } from '../../story.ts'

const stops = 'abort silent throw assert assert-silent unreachable critical'
const numbers = 'divide modulo decimal integer integer-empty number overflow shift length index nobody'
const traps = 'i32-divide i32-remainder i32-least float float-large memory table signature stack'
const texts = 'hex hex-letter json json-bytes json-number json-int yaml kind address address-letter'
const calls = 'reverted codeless abi function overload arguments argument template template-empty template-address'
const given =
  'argument-fixed argument-long argument-short argument-wide argument-wide-int argument-count argument-member'
const encodes = 'encode-int encode-low encode-uint encode-negative encode-bytes encode-address encode-kind encode-null'
const types = 'unknown get-unknown remove-unknown set-interface get-interface remove-interface related-interface'
const fields =
  'undefined missing null-field type type-list type-item type-reference type-derived null-item enum related-unknown related-missing'
const ids =
  'no-id null-id id-type id-conflict id-conflict-bytes id-conflict-int8 id-bytes id-odd id-int8 id-int8-large id-load get-odd remove-odd'
const fixed =
  'immutable immutable-same immutable-twice immutable-block immutable-block-same immutable-remove-block once-changed once-same once-block'
const handlers = 'block block-divide block-missing call once grown grown-once'

/** What goes wrong, each in a deployment of its own; the last changes nothing, and shows what a block has seen. */
const hows = [
  stops,
  numbers,
  traps,
  texts,
  calls,
  given,
  encodes,
  types,
  fields,
  ids,
  fixed,
  handlers,
  'in-block',
].flatMap((all) => all.split(' '))
/** The same where the manifest has `nonFatalErrors`. */
const survived = ['abort', 'block', 'call', 'once', 'grown', 'grown-once', 'undefined', 'throw', 'missing']
/** The same in a block that a reorg takes away. What is doubtful both try again after two minutes, so what comes then is a race. */
const orphaned = ['abort', 'divide', 'block', 'call', 'grown', 'grown-once', 'undefined', 'once']
/** The same in both branches. */
const again = ['abort', 'block', 'grown']
/** What one might think of as wrong, and is not. */
const harmless = ['no-id', 'hex-letter', 'argument-short']
/** What stops a deployment, whatever else it does. */
const fatal = [stops, numbers, traps, texts, calls, given, encodes, types, fields].flatMap((all) => all.split(' '))
/** What a quick run looks at. */
const quick = 'abort divide i32-divide json reverted missing type undefined immutable in-block block'

export default story({
  contracts: { Tape: 'Tape' },
  variants: [
    ...hows,
    ...survived.map((how) => `survived-${how}`),
    ...orphaned.flatMap((how) => [`orphaned-${how}`, `orphaned-survived-${how}`]),
    ...again.flatMap((how) => [`again-${how}`, `again-survived-${how}`]),
  ],
  isDear: (variant) => !`${quick} survived-abort orphaned-abort`.split(' ').includes(variant),
  endsOf: (variant) => ({ ends: harmless.includes(variant) ? 'healthy' : fatal.includes(variant) ? 'failed' : null }),
  valuesOf: (variant) => ({
    variant: variant.replace(/^((survived|orphaned|again)-)+/, ''),
    feature: variant.includes('survived-') ? 'nonFatalErrors' : 'grafting',
  }),
  plot: ({ Tape }, _chain, variant) => {
    const note = (op: string, n: number, text = '') => Tape('note', op, BigInt(n), text)
    const good = [note('write', 1, 'a'), note('write', 2, 'b')]
    const bad = [note('write', 3, 'same block'), note('grow', 0), note('fail', 4), note('write', 5, 'after it')]
    const later = [note('write', 6, 'never')]
    if (variant?.startsWith('again-')) return { blocks: [good], orphaned: [bad, later], kept: [[], bad, later] }
    if (!variant?.startsWith('orphaned-')) return { blocks: [good, bad, later] }
    return { blocks: [good], orphaned: [[note('write', 7, 'before')], bad], kept: [later, []] }
  },
})
