#pragma once
// Programmes and publications that a release names: capital words before a noun such as "project" or "report", and
// titles in quotation marks behind words such as "entitled". Pure, thread-safe, linear in the text.

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/fact_context.h"

namespace dateline::extraction {

// The most programmes and the most publications that are kept of one release.
inline constexpr std::size_t kMaxNamedWorks = 200;

// Appends to release->programmes and release->publications. Reads quotes and organisations.
void FindNamedWorks(const FactContext& context, release::v1::Release* release);

}  // namespace dateline::extraction
