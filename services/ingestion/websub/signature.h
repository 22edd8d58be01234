#pragma once
// The signature of what a hub pushes (WebSub, section 7.1): "method=hex", an HMAC over the body with the secret that
// only the hub was told. Pure and thread-safe.

#include <string>
#include <string_view>

namespace dateline::ingestion {

// Whether `header`, the value of X-Hub-Signature, signs `body`. The methods are sha1, sha256, sha384 and sha512; any
// other, and whatever is malformed, signs nothing. Takes the same time wherever the digests differ.
bool IsSignedBy(std::string_view secret, std::string_view header, std::string_view body);

// What a hub sends, for its side: "sha256=…". Unknown methods give an empty text.
std::string SignatureOf(std::string_view method, std::string_view secret, std::string_view body);

}  // namespace dateline::ingestion
