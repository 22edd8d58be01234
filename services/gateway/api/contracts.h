#pragma once
// The descriptors of all contracts with their comments, embedded when the program is built; those that are compiled in
// have none. Immutable after the first call, then thread-safe.

#include <google/protobuf/descriptor.h>

#include <string>

namespace dateline::gateway {

const google::protobuf::DescriptorPool& Contracts();

// The comment before a declaration, as one text; empty without.
template <class Descriptor>
std::string CommentOf(const Descriptor* descriptor) {
  google::protobuf::SourceLocation location;
  if (descriptor == nullptr || !descriptor->GetSourceLocation(&location)) return {};
  std::string text;
  bool at_begin = true;
  for (const char c : location.leading_comments) {
    if (c == ' ' && at_begin) continue;
    at_begin = c == '\n';
    text.push_back(c == '\n' ? ' ' : c);
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace dateline::gateway
