/**
 * Names of tables, columns and query fields, made from the names in a schema exactly as graph-node makes them. Its rules are
 * those of the Rust crate Inflector 0.11, oddities included: clients and SQL users depend on the outcome.
 */

/**
 * @returns a name for SQL
 * @example snake('totalValueLockedUSD') // 'total_value_locked_usd'
 * @example snake('amount0In') // 'amount_0_in'
 */
export function snake(name: string): string {
  const text = name.replace(/[^A-Za-z0-9]+$/, '')
  let result = ''
  let isFirst = true
  for (let i = 0; i < text.length; i++) {
    const letter = text.charAt(i)
    if (!isAlphanumeric(letter)) {
      if (!isFirst) result += '_'
      isFirst = true
      continue
    }
    // A digit is its own upper case, so it may begin a word as well.
    const mayBegin = !isFirst && letter === letter.toUpperCase()
    if (mayBegin && (isLower(text.charAt(i + 1)) || isLower(text.charAt(i - 1)))) result += '_'
    result += letter.toLowerCase()
    isFirst = false
  }
  return result
}

/**
 * @returns a name for a query field
 * @example camel('ERC20Token') // 'erc20Token'
 * @example camel('Token_v2s') // 'tokenV2S'
 */
export function camel(name: string): string {
  const text = name.replace(/[^A-Za-z0-9]+$/, '')
  let result = ''
  let isNewWord = false
  // The last letter of the word that went in as lower case; capitals that begin or continue a word do not count.
  let last = ''
  for (const letter of text) {
    if (!isAlphanumeric(letter)) {
      isNewWord = result !== ''
    } else if (letter >= '0' && letter <= '9') {
      result += letter
      isNewWord = true
    } else if (isNewWord || (isLower(last) && !isLower(letter))) {
      result += letter.toUpperCase()
      isNewWord = false
    } else {
      result += letter.toLowerCase()
      last = letter
    }
  }
  return result
}

/**
 * The plural of a type's name, in its own case. The rules are case-sensitive, so most of the irregular ones never meet a
 * capitalised type name.
 * @example plural('Category') // 'Categories'
 * @example plural('Salesperson') // 'Salespersonople', as graph-node has it
 */
export function plural(name: string): string {
  if (uncountable.has(name)) return name
  const special = irregular.get(name)
  if (special !== undefined) return special
  for (const [pattern, suffix] of rules) {
    const stem = pattern.exec(name)?.[1]
    if (stem !== undefined) return stem + suffix
  }
  return `${name}s`
}

/** The query field for one entity of a type: `erc20Token`. */
export function singularField(type: string): string {
  return camel(type)
}

/** The query field for a list of a type: `erc20Tokens`; `news_collection` where plural and singular are the same. */
export function pluralField(type: string): string {
  const field = camel(plural(type))
  return field === camel(type) ? `${field}_collection` : field
}

function isAlphanumeric(letter: string): boolean {
  return /[A-Za-z0-9]/.test(letter)
}

function isLower(letter: string): boolean {
  return letter >= 'a' && letter <= 'z'
}

const irregular = new Map([
  ['ox', 'oxen'],
  ['man', 'men'],
  ['woman', 'women'],
  ['die', 'dice'],
  ['yes', 'yeses'],
  ['foot', 'feet'],
  ['eave', 'eaves'],
  ['goose', 'geese'],
  ['tooth', 'teeth'],
  ['quiz', 'quizzes'],
])

/** The first that matches wins: what it captures is kept, the rest gives way to the suffix. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/^(.*eaux)$/, ''],
  [/^(.*child)(?:ren)?$/, 'ren'],
  // These two keep the whole word: `Salespersonople`, `Blouseice`.
  [/^(.*pe(?:rson|ople))$/, 'ople'],
  [/^(.*[ml](?:ice|ouse))$/, 'ice'],
  [/^(.*(?:matr|cod|mur|sil|vert|ind|append))(?:ix|ex)$/, 'ices'],
  [/^(.*(?:x|ch|ss|sh|zz))$/, 'es'],
  [/^(.*(?:x|ch|ss|sh|zz)es)$/, ''],
  [/^(.*[^ch][ieo][ln])ey$/, 'ies'],
  [/^(.*(?:[^aeiouy]|qu))y$/, 'ies'],
  [/^(.*(?:ar|l|ea|eo|oa|hoo))f$/, 'ves'],
  [/^(.*(?:kni|wi|li))fe$/, 'ves'],
  [/^(.*)sis$/, 'ses'],
  [/^(.*(?:apheli|hyperbat|periheli|asyndet|noumen|phenomen|criteri|organ|prolegomen|hedr|automat))(?:a|on)$/, 'a'],
  [
    /^(.*(?:agend|addend|millenni|dat|extrem|bacteri|desiderat|strat|candelabr|errat|ov|symposi|curricul|automat|quor))(?:a|um)$/,
    'a',
  ],
  [/^(.*(?:her|at|gr))o$/, 'oes'],
  [/^(.*(?:seraph|cherub))(?:im)?$/, 'im'],
  [/^(.*(?:alumn|alg|vertebr))(?:a|ae)$/, 'ae'],
  [/^(.*(?:alumn|syllab|octop|vir|radi|nucle|fung|cact|stimul|termin|bacill|foc|uter|loc|strat))(?:us|i)$/, 'i'],
  [/^(.*(?:[^l]ias|[aeiou]las|[emjzr]as|[iu]am))$/, ''],
  [/^(.*e[mn]u)s?$/, 's'],
  [/^(.*(?:alias|[^aou]us|tlas|gas|ris))$/, 'es'],
  [/^(.*(?:ax|test))is$/, 'es'],
  [/^(.*[^aeiou]ese)$/, ''],
  [/^(.*)s$/, 's'],
]

const uncountable: ReadonlySet<string> = new Set(
  `accommodation adulthood advertising advice aggression aid air aircraft alcohol anger applause arithmetic assistance athletics
  bacon baggage beef biology blood botany bread butter carbon cardboard cash chalk chaos chess countryside crossroads dancing deer
  dignity dirt dust economics education electricity engineering enjoyment envy equipment ethics evidence evolution fame fiction
  flour flu food fuel fun furniture gallows garbage garlic genetics gold golf gossip grammar gratitude grief guilt gymnastics
  happiness hardware harm hate hatred health heat help homework honesty honey hospitality housework humour hunger hydrogen ice
  importance inflation information innocence iron irony jam jewelry judo karate knowledge lack laughter lava leather leisure
  lightning linguine linguini linguistics literature litter livestock logic loneliness luck luggage macaroni machinery magic
  management mankind marble mathematics mayonnaise measles methane milk money mud mumps music nature news nitrogen nonsense nurture
  nutrition obedience obesity oxygen pasta patience physics poetry pollution poverty pride psychology publicity punctuation quartz
  racism relaxation reliability research respect revenge rice rubbish rum safety scenery seafood seaside series shame sheep shopping
  sleep smoke smoking snow soap software soil spaghetti species steam stuff stupidity sunshine symmetry tennis thirst thunder timber
  traffic transportation trust underwear unemployment unity validity veal vegetation vegetarianism vengeance violence vitality
  warmth wealth weather welfare wheat wildlife wisdom yoga zinc zoology`.split(/\s+/),
)
