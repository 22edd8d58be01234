#pragma once
// Releases as rows of a table (RFC 4180 CSV, UTF-8, CRLF), for spreadsheets: one row a release, or one row a fact
// (quote, figure, contact, person) with the words that say it and where they stand. A cell that a spreadsheet would run
// as a formula gets an apostrophe before it. Pure, deterministic.

#include <string>
#include <string_view>

#include "dateline/release/v1/release.pb.h"

namespace dateline::exporting {

// The heading row of each table.
std::string CsvReleaseHeading();
std::string CsvFactHeading();

// One row.
std::string CsvReleaseRow(const release::v1::Release& release);
// A row for each quote, figure, contact and person; none for a release without.
std::string CsvFactRows(const release::v1::Release& release);

// One cell, in quotation marks where needed.
std::string CsvCell(std::string_view text);

}  // namespace dateline::exporting
