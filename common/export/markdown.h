#pragma once
// A release as Markdown (CommonMark with pipe tables), its metadata before it as YAML front matter. For people who keep
// notes, for site generators and for programs that read language. Pure, deterministic, linear in the record; nothing of
// the text can break out of its place: what means something in Markdown, HTML or YAML is escaped.

#include <string>

#include "dateline/release/v1/release.pb.h"

namespace dateline::exporting {

// The whole record; ends with a line break. Facts other than metadata are not in it.
std::string Markdown(const release::v1::Release& release);

}  // namespace dateline::exporting
