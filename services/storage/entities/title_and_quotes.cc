#include "services/storage/entities/title_and_quotes.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "dateline/release/v1/release.pb.h"

namespace dateline::storage {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using release::v1::Release;

constexpr uint32_t TagOf(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}

bool ReadQuote(CodedInputStream* input, release::v1::Quote* quote) {
  // Of a length that goes beyond the end, the stream would take no notice.
  int length = 0;
  if (!input->ReadVarintSizeAsInt(&length) || length > input->BytesUntilLimit()) return false;
  const auto outer = input->PushLimit(length);
  if (!quote->MergeFromCodedStream(input)) return false;
  return input->CheckEntireMessageConsumedAndPopLimit(outer);
}

}  // namespace

std::optional<TitleAndQuotes> ReadTitleAndQuotes(std::string_view release) {
  TitleAndQuotes said;
  CodedInputStream input(reinterpret_cast<const uint8_t*>(release.data()), static_cast<int>(release.size()));
  while (const uint32_t tag = input.ReadTag()) {
    bool read = false;
    if (tag == TagOf(Release::kTitleFieldNumber)) {
      read = WireFormatLite::ReadString(&input, &said.title);
    } else if (tag == TagOf(Release::kQuotesFieldNumber)) {
      read = ReadQuote(&input, &said.quotes.emplace_back());
    } else {
      read = WireFormatLite::SkipField(&input, tag);
    }
    if (!read) return std::nullopt;
  }
  if (!input.ConsumedEntireMessage()) return std::nullopt;
  return said;
}

}  // namespace dateline::storage
