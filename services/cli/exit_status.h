#pragma once
// The exit statuses of `dateline`, the same for every command, so that scripts can tell what happened.

namespace dateline::cli {

inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;       // The work failed.
inline constexpr int kUsage = 2;        // The command line or a configuration file is wrong.
inline constexpr int kUnreachable = 3;  // A service does not answer.
inline constexpr int kSomeFailed = 4;   // Some items of a batch failed; the others are done.

}  // namespace dateline::cli
