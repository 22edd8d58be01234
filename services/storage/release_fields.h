#pragma once
// Single fields out of a serialised Release, whose other fields are passed over: a page of found releases shows little
// of much. Pure, thread-safe.

#include <initializer_list>
#include <optional>
#include <string_view>

#include "dateline/release/v1/release.pb.h"

namespace dateline::storage {

// `fields`: numbers as in Release::kTextFieldNumber. Nullopt when the bytes are no serialised message.
std::optional<release::v1::Release> ReadFields(std::string_view release, std::initializer_list<int> fields);
// Gives a release the text of its record. False when the bytes are no serialised message.
bool AddText(std::string_view record, release::v1::Release* release);

}  // namespace dateline::storage
