#pragma once
// The words that tell the parts of a contact apart, folded (text::FoldKey). Immutable and thread-safe.

#include <string_view>
#include <unordered_set>

namespace dateline::extraction {

using ContactWords = std::unordered_set<std::string_view>;

// What a person is: "officer", "spokesperson".
const ContactWords& RoleWords();
// What an organisation's name holds: "ministry", "council".
const ContactWords& OrganizationWords();
// Labels of numbers and addresses, which are neither names nor organisations: "tel", "e-mail".
const ContactWords& LabelWords();
// What a postal address holds: "street", "floor".
const ContactWords& AddressWords();

}  // namespace dateline::extraction
