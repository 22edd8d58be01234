#include "common/sql/postgres/parameters.h"

#include <bit>
#include <cstring>

namespace dateline::sql::postgres {
namespace {

// Object ids of the built-in types; they never change (server/catalog/pg_type.dat).
constexpr uint32_t kBool = 16;
constexpr uint32_t kBytea = 17;
constexpr uint32_t kInt8 = 20;
constexpr uint32_t kText = 25;
constexpr uint32_t kFloat8 = 701;
constexpr uint32_t kByteaArray = 1001;
constexpr uint32_t kTextArray = 1009;
constexpr uint32_t kInt8Array = 1016;

constexpr int kBinary = 1;

std::array<char, 8> BigEndian(uint64_t value) {
  std::array<char, 8> bytes{};
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (56 - 8 * i));
  return bytes;
}

void AppendUint32(std::string* out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(static_cast<char>(value >> shift));
}

}  // namespace

Parameters& Parameters::AddInt64(int64_t value) {
  entries_.push_back({.type = kInt8, .small = true, .size = 8, .number = BigEndian(static_cast<uint64_t>(value))});
  return *this;
}

Parameters& Parameters::Add(bool value) {
  entries_.push_back({.type = kBool, .small = true, .size = 1, .number = {static_cast<char>(value ? 1 : 0)}});
  return *this;
}

Parameters& Parameters::Add(double value) {
  entries_.push_back({.type = kFloat8, .small = true, .size = 8, .number = BigEndian(std::bit_cast<uint64_t>(value))});
  return *this;
}

Parameters& Parameters::AddView(uint32_t type, std::string_view view) {
  entries_.push_back({.type = type, .size = static_cast<int>(view.size()), .view = view});
  return *this;
}

Parameters& Parameters::Add(std::string_view text) {
  return AddView(kText, text);
}

Parameters& Parameters::Add(Bytes bytes) {
  return AddView(kBytea, bytes.bytes);
}

Parameters& Parameters::Add(std::nullptr_t) {
  entries_.push_back({.null = true});
  return *this;
}

Parameters& Parameters::AddArray(uint32_t array_type, uint32_t type, const std::vector<std::string_view>& values) {
  std::string& out = owned_.emplace_back();
  AppendUint32(&out, values.empty() ? 0 : 1);  // Dimensions.
  AppendUint32(&out, 0);                       // No NULLs.
  AppendUint32(&out, type);
  if (!values.empty()) {
    AppendUint32(&out, static_cast<uint32_t>(values.size()));
    AppendUint32(&out, 1);  // The first index.
  }
  for (const std::string_view value : values) {
    AppendUint32(&out, static_cast<uint32_t>(value.size()));
    out.append(value);
  }
  return AddView(array_type, out);
}

Parameters& Parameters::Add(const std::vector<int64_t>& values) {
  std::vector<std::array<char, 8>> encoded;
  encoded.reserve(values.size());
  for (const int64_t value : values) encoded.push_back(BigEndian(static_cast<uint64_t>(value)));
  std::vector<std::string_view> views;
  views.reserve(values.size());
  for (const auto& bytes : encoded) views.emplace_back(bytes.data(), bytes.size());
  return AddArray(kInt8Array, kInt8, views);
}

Parameters& Parameters::Add(const std::vector<std::string>& texts) {
  return AddArray(kTextArray, kText, {texts.begin(), texts.end()});
}

Parameters& Parameters::Add(const std::vector<std::string_view>& texts) {
  return AddArray(kTextArray, kText, texts);
}

Parameters& Parameters::Add(const std::vector<Bytes>& values) {
  std::vector<std::string_view> views;
  views.reserve(values.size());
  for (const Bytes& value : values) views.push_back(value.bytes);
  return AddArray(kByteaArray, kBytea, views);
}

Parameters::Wire Parameters::ToWire() const {
  Wire wire;
  for (const Entry& entry : entries_) {
    wire.types.push_back(entry.type);
    // An empty value is not NULL: it needs a pointer.
    const char* view = entry.view.data() == nullptr ? "" : entry.view.data();
    wire.values.push_back(entry.null ? nullptr : entry.small ? entry.number.data() : view);
    wire.lengths.push_back(entry.size);
    wire.formats.push_back(kBinary);
  }
  return wire;
}

}  // namespace dateline::sql::postgres
