#pragma once
// The two macros that keep code which may fail readable. Both return from the enclosing function on error.

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns the status of `expression` from the enclosing function unless it is OK.
#define DATELINE_RETURN_IF_ERROR(expression)                                                        \
  do {                                                                                              \
    if (absl::Status dateline_status = (expression); !dateline_status.ok()) return dateline_status; \
  } while (false)

// Assigns the value of the StatusOr `expression` to `target` (which may declare a variable), or returns its status.
#define DATELINE_ASSIGN_OR_RETURN(target, expression) \
  DATELINE_ASSIGN_OR_RETURN_(DATELINE_CONCAT_(dateline_result_, __LINE__), target, expression)
#define DATELINE_ASSIGN_OR_RETURN_(result, target, expression) \
  auto result = (expression);                                  \
  if (!result.ok()) return std::move(result).status();         \
  target = *std::move(result)
#define DATELINE_CONCAT_(a, b) DATELINE_CONCAT_INNER_(a, b)
#define DATELINE_CONCAT_INNER_(a, b) a##b
