-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "people";

-- CreateTable
CREATE TABLE "people"."profile" (
    "id" UUID NOT NULL,
    "handle" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "bio" TEXT NOT NULL DEFAULT '',
    "avatar" TEXT,
    "links" JSONB NOT NULL DEFAULT '[]',
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "profile_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "people"."linked_address" (
    "address" TEXT NOT NULL,
    "profile_id" UUID NOT NULL,
    "is_primary" BOOLEAN NOT NULL DEFAULT false,
    "linked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "linked_address_pkey" PRIMARY KEY ("address")
);

-- CreateTable
CREATE TABLE "people"."token_metadata" (
    "id" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "image" TEXT,
    "attributes" JSONB NOT NULL DEFAULT '[]',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "token_metadata_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "people"."collection_page" (
    "collection" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "banner" TEXT,
    "links" JSONB NOT NULL DEFAULT '[]',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "collection_page_pkey" PRIMARY KEY ("collection")
);

-- CreateIndex
CREATE UNIQUE INDEX "profile_handle_key" ON "people"."profile"("handle");

-- CreateIndex
CREATE INDEX "linked_address_profile_id_idx" ON "people"."linked_address"("profile_id");

-- CreateIndex
CREATE INDEX "token_metadata_collection_idx" ON "people"."token_metadata"("collection");

-- AddForeignKey
ALTER TABLE "people"."linked_address" ADD CONSTRAINT "linked_address_profile_id_fkey" FOREIGN KEY ("profile_id") REFERENCES "people"."profile"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What Prisma has no words for.

ALTER TABLE "people"."profile"
    ADD CONSTRAINT "profile_handle_check" CHECK ("handle" ~ '^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$'),
    ADD CONSTRAINT "profile_name_check" CHECK (length("name") BETWEEN 1 AND 100),
    ADD CONSTRAINT "profile_links_check" CHECK (jsonb_typeof("links") = 'array'),
    ADD CONSTRAINT "profile_version_check" CHECK ("version" >= 1);

ALTER TABLE "people"."linked_address"
    ADD CONSTRAINT "linked_address_address_check" CHECK ("address" ~ '^0x[0-9a-f]{40}$');

CREATE UNIQUE INDEX "linked_address_primary_key" ON "people"."linked_address"("profile_id") WHERE "is_primary";

ALTER TABLE "people"."token_metadata"
    ADD CONSTRAINT "token_metadata_id_check" CHECK ("id" ~ '^0x[0-9a-f]{104}$'),
    ADD CONSTRAINT "token_metadata_collection_check" CHECK ("collection" = left("id", 42)),
    ADD CONSTRAINT "token_metadata_attributes_check" CHECK (jsonb_typeof("attributes") = 'array');

ALTER TABLE "people"."collection_page"
    ADD CONSTRAINT "collection_page_collection_check" CHECK ("collection" ~ '^0x[0-9a-f]{40}$'),
    ADD CONSTRAINT "collection_page_links_check" CHECK (jsonb_typeof("links") = 'array');
