import type { Prisma } from '../../../prisma/index.ts'
import type { Builder } from '../builder.ts'
import { BadUserInputError } from '../errors.ts'
import { MAX_FIRST, readPage } from '../page.ts'
import { type LinkRef, readLinks } from './link.ts'

/** How many addresses of one person are ever shown. */
const MAX_ADDRESSES = MAX_FIRST
const MAX_TEXT = 200

/** People, and how to find them. `Profile.accounts`, their side of the chain, is declared in `weave.ts`. */
export function profileType(builder: Builder, link: LinkRef): void {
  builder.prismaObject('Profile', {
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false }),
      handle: t.exposeString('handle', { nullable: false }),
      name: t.exposeString('name', { nullable: false }),
      bio: t.exposeString('bio', { nullable: false }),
      avatar: t.exposeString('avatar', { nullable: true }),
      links: t.field({
        type: [link],
        nullable: false,
        extensions: { columns: ['links'] },
        resolve: ({ links }) => readLinks(links),
      }),
      addresses: t.relation('addresses', {
        nullable: false,
        description: 'The primary one first.',
        query: { take: MAX_ADDRESSES, orderBy: addressOrder },
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: false }),
    }),
  })
  builder.queryField('profile', (t) =>
    t.prismaField({
      type: 'Profile',
      nullable: true,
      description: 'One person, by handle or by any address of theirs.',
      args: { handle: t.arg.string(), address: t.arg.string() },
      resolve: (query, _root, { handle, address }, { prisma }) =>
        prisma.profile.findFirst({ ...query, where: identify(handle, address) }),
    }),
  )
  const filter = profileFilter(builder)
  const order = builder.enumType('Profile_orderBy', { values: ['handle', 'name', 'createdAt'] as const })
  builder.queryField('profiles', (t) =>
    t.prismaField({
      type: ['Profile'],
      nullable: true,
      args: {
        first: t.arg.int({ defaultValue: 100 }),
        skip: t.arg.int({ defaultValue: 0 }),
        orderBy: t.arg({ type: order, defaultValue: 'handle' }),
        orderDirection: t.arg({ type: 'OrderDirection', defaultValue: 'asc' }),
        where: t.arg({ type: filter }),
      },
      resolve: (query, _root, { where, orderBy, orderDirection, ...page }, { prisma }) => {
        const direction = orderDirection ?? 'asc'
        return prisma.profile.findMany({
          ...query,
          ...readPage(page),
          where: where ? matching(where) : {},
          orderBy: [{ [orderBy ?? 'handle']: direction }, { id: direction }],
        })
      },
    }),
  )
}

/** The order of `addresses`, here and in `weave.ts`. */
export const addressOrder = [
  { isPrimary: 'desc' },
  { linkedAt: 'asc' },
  { address: 'asc' },
] as const satisfies Prisma.LinkedAddressOrderByWithRelationInput[]

function identify(handle: string | null | undefined, address: string | null | undefined): Prisma.ProfileWhereInput {
  if (!handle === !address) {
    throw new BadUserInputError('Give either a handle or an address.')
  }
  return handle
    ? { handle: readText(handle, 'handle') }
    : { addresses: { some: { address: readText(address ?? '', 'address').toLowerCase() } } }
}

function profileFilter(builder: Builder) {
  return builder.inputType('Profile_filter', {
    fields: (t) => ({
      handle: t.string(),
      handle_in: t.stringList(),
      handle_starts_with: t.string(),
      name_contains_nocase: t.string(),
      address_in: t.stringList({ description: 'Has one of these addresses.' }),
    }),
  })
}

interface ProfileFilter {
  readonly handle?: string | null | undefined
  readonly handle_in?: readonly string[] | null | undefined
  readonly handle_starts_with?: string | null | undefined
  readonly name_contains_nocase?: string | null | undefined
  readonly address_in?: readonly string[] | null | undefined
}

function matching(filter: ProfileFilter): Prisma.ProfileWhereInput {
  const conditions: Prisma.ProfileWhereInput[] = []
  if (filter.handle != null) {
    conditions.push({ handle: readText(filter.handle, 'handle') })
  }
  if (filter.handle_in != null) {
    conditions.push({ handle: { in: readList(filter.handle_in, 'handle_in') } })
  }
  if (filter.handle_starts_with != null) {
    conditions.push({ handle: { startsWith: literal(readText(filter.handle_starts_with, 'handle_starts_with')) } })
  }
  if (filter.name_contains_nocase != null) {
    const text = literal(readText(filter.name_contains_nocase, 'name_contains_nocase'))
    conditions.push({ name: { contains: text, mode: 'insensitive' } })
  }
  if (filter.address_in != null) {
    const addresses = readList(filter.address_in, 'address_in').map((address) => address.toLowerCase())
    conditions.push({ addresses: { some: { address: { in: addresses } } } })
  }
  return { AND: conditions }
}

function readList(values: readonly string[], name: string): string[] {
  if (values.length > MAX_FIRST) {
    throw new BadUserInputError(`${name} takes at most ${MAX_FIRST} values.`)
  }
  return values.map((value) => readText(value, name))
}

/** Postgres text cannot hold a zero byte. */
function readText(value: string, name: string): string {
  if (value.length > MAX_TEXT || value.includes('\0')) {
    throw new BadUserInputError(`${name} takes at most ${MAX_TEXT} characters, none of them a zero byte.`)
  }
  return value
}

/** Prisma hands % and _ on to LIKE, where they would match anything. */
function literal(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`)
}
