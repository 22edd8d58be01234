#pragma once
// Authors as feeds write them in one string: "Jo Doe (jo@example.org)", "jo@example.org (Jo Doe)",
// "Jo Doe <jo@example.org>", or one of the two alone. Pure and thread-safe.

#include <string_view>

#include "services/ingestion/feeds/feed.h"

namespace dateline::feeds {

Person ParsePerson(std::string_view text);

// "Jo Doe (jo@example.org)", or what there is of it.
std::string PersonText(const Person& person);

}  // namespace dateline::feeds
