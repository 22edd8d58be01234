#include "services/storage/release_fields.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <string>
#include <utility>

namespace dateline::storage {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using release::v1::Release;

std::optional<Release> ReadFields(std::string_view release, std::initializer_list<int> fields) {
  CodedInputStream input(reinterpret_cast<const uint8_t*>(release.data()), static_cast<int>(release.size()));
  std::string wanted;  // A message of these fields alone.
  size_t begin = 0;
  while (const uint32_t tag = input.ReadTag()) {
    if (!WireFormatLite::SkipField(&input, tag)) return std::nullopt;
    const auto end = static_cast<size_t>(input.CurrentPosition());
    const int field = WireFormatLite::GetTagFieldNumber(tag);
    if (std::find(fields.begin(), fields.end(), field) != fields.end()) wanted += release.substr(begin, end - begin);
    begin = end;
  }
  Release read;
  if (!input.ConsumedEntireMessage() || !read.ParseFromString(wanted)) return std::nullopt;
  return read;
}

bool AddText(std::string_view record, Release* release) {
  auto read = ReadFields(record, {Release::kTextFieldNumber});
  if (!read.has_value()) return false;
  release->set_text(std::move(*read->mutable_text()));
  return true;
}

}  // namespace dateline::storage
