#pragma once
// What was derived before mentions stood by release and runs of keys were merged (schema 8), and has to be there after
// the archive was opened by this version. Each back end puts it into its own tables, by kDerivedUnderSchema8.

#include <string_view>

#include "services/storage/derived_store.h"

namespace dateline::storage {

// Of schemas up to this one.
inline constexpr int kSchemaBeforeMentionsByRelease = 8;

// Statements that both databases take; {} stands for the only byte of each blob as the database writes it.
inline constexpr std::string_view kDerivedUnderSchema8 =
    "INSERT INTO entity (id, name, kind, release_count, has_contacts, record) VALUES (1, 'people/1', 1, 2, 0, {0}), "
    "(2, 'places/2', 3, 5, 0, {0}), (3, 'organizations/3', 2, 3, 1, {0}), (4, 'people/4', 1, 9, 0, {0}); "
    "INSERT INTO entity_mention (entity_id, release_id, time_us, has_figures, record) VALUES (1, 7, 100, 0, {0}), "
    "(1, 8, 50, 1, {0}), (2, 7, 100, 1, {0}); "
    "INSERT INTO link_run (number) VALUES (1), (2);";

// Expects what the statements put, and of each of the two runs one byte in its bucket 3.
void ExpectDerivedUnderSchema8(DerivedStore& store);

}  // namespace dateline::storage
