#pragma once
// A release as people like to read it: headline, where and when, the text with its parts told apart, and the facts with
// what is known of them. Pure functions.

#include <cstddef>
#include <string>

#include "dateline/release/v1/release.pb.h"
#include "google/type/date.pb.h"
#include "services/cli/terminal.h"

namespace dateline::cli {

// The whole record, several lines, wrapped to `columns`.
std::string ReleaseText(const release::v1::Release& release, const Style& style, size_t columns);
// One line for lists: date, language, title, name.
std::string ReleaseLine(const release::v1::Release& release, const Style& style, size_t columns);
// "11 March (year not given)", "March 2005", "4 March 2025"; empty for an empty date.
std::string DateText(const google::type::Date& date);

}  // namespace dateline::cli
