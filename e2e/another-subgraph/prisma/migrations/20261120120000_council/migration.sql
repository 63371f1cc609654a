-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "people";

-- CreateTable
CREATE TABLE "people"."writer" (
    "address" TEXT NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "writer_pkey" PRIMARY KEY ("address")
);

-- CreateTable
CREATE TABLE "people"."brief" (
    "topic" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "writer_id" TEXT NOT NULL,

    CONSTRAINT "brief_pkey" PRIMARY KEY ("topic")
);

-- CreateTable
CREATE TABLE "people"."rationale" (
    "proposal" TEXT NOT NULL,
    "voter" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "written_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "rationale_pkey" PRIMARY KEY ("proposal","voter")
);

-- CreateIndex
CREATE INDEX "brief_writer_id_idx" ON "people"."brief"("writer_id");

-- AddForeignKey
ALTER TABLE "people"."brief" ADD CONSTRAINT "brief_writer_id_fkey" FOREIGN KEY ("writer_id") REFERENCES "people"."writer"("address") ON DELETE CASCADE ON UPDATE CASCADE;
