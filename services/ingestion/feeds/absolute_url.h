#pragma once
// References in feeds as absolute addresses, with the same care as a browser and the same suspicion as a mail reader.
// Pure and thread-safe.

#include <string>
#include <string_view>

namespace dateline::feeds {

// `reference` trimmed and resolved against `base`. Empty when its scheme is none that a link of a feed may have (http,
// https, mailto, tel, ftp, magnet, data for images and others that load nothing by themselves; never javascript). As it
// stands when it is relative and there is no base, and when it is absolute: identity is not lost by rewriting.
std::string AbsoluteUrl(std::string_view reference, std::string_view base);

// The base that xml:base sets inside `outer`; `outer` when it is unusable.
std::string RebasedUrl(std::string_view xml_base, std::string_view outer);

}  // namespace dateline::feeds
