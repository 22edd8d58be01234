#pragma once
// The newsrooms of the simulated month: each behaves in one way that real ones do. Test code only.

#include <vector>

#include "services/ingestion/simulation/fake_web.h"

namespace dateline::ingestion {

std::vector<Newsroom> NewsroomsOfTheMonth(WallTime start);

}  // namespace dateline::ingestion
