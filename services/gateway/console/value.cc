#include "services/gateway/console/value.h"

#include "common/export/html.h"

namespace dateline::gateway {

Value& Value::operator[](std::string_view key) {
  if (record() == nullptr) data_ = Record();
  Record& members = std::get<Record>(data_);
  const auto found = members.find(key);
  if (found != members.end()) return found->second;
  return members.emplace(std::string(key), Value()).first->second;
}

Value& Value::Append(Value value) {
  if (list() == nullptr) data_ = List();
  return std::get<List>(data_).emplace_back(std::move(value));
}

const Value* Value::Find(std::string_view key) const {
  const Record* members = record();
  if (members == nullptr) return nullptr;
  const auto found = members->find(key);
  return found == members->end() ? nullptr : &found->second;
}

bool Value::Truthy() const {
  if (const bool* truth = std::get_if<bool>(&data_)) return *truth;
  if (const auto* text = std::get_if<std::string>(&data_)) return !text->empty();
  if (const auto* html = std::get_if<Html>(&data_)) return !html->markup.empty();
  if (const List* items = list()) return !items->empty();
  return record() != nullptr;
}

void Value::WriteTo(std::string& out) const {
  if (const auto* text = std::get_if<std::string>(&data_)) out += exporting::EscapeHtml(*text);
  if (const auto* html = std::get_if<Html>(&data_)) out += html->markup;
}

}  // namespace dateline::gateway
