#pragma once

#include "dist/ranks.h"
#include "train/announcement.h"
#include "train/data_sets.h"
#include "train/resume.h"
#include "train/session.h"

namespace sr {

/// Makes the checkpoints of a session and, if `point` has a state, fills its parts with that. Of
/// the first rank. Throws CheckpointError naming the state.
void settle_state(Session& session, const DataSets& sets, ResumePoint& point, const Ranks& ranks,
                  Remarks& remarks);

/// Everything that training changes becomes what the first rank has. All ranks call it together.
void share_state(Session& session, Ranks& ranks);

}  // namespace sr
