#pragma once
// What a release says about the reading of its document: what was cut, replaced or contradicts itself. Pure.

#include <string>
#include <string_view>
#include <utility>

#include "dateline/release/v1/release.pb.h"

namespace dateline::extraction {

// `reason` is one of the table in README.md, `message` is for people.
inline void AddNotice(std::string_view reason, std::string message, release::v1::Release* release) {
  release::v1::Notice* notice = release->add_notices();
  notice->set_reason(std::string(reason));
  notice->set_message(std::move(message));
}

}  // namespace dateline::extraction
