#pragma once

#include <string>

#include <c10/util/intrusive_ptr.h>

#include "dist/roster.h"

namespace c10d {
class Store;
}

namespace sr {

/// After an exchange went wrong: waits a moment until the others have said through the store that
/// they are still there, and names those that have not, "rank 1 on gpu07 is lost". Takes at most
/// some seconds, also when the store is gone, which means that the one who serves it is.
std::string roll_call(const c10::intrusive_ptr<c10d::Store>& store, const Roster& roster);

/// What a message of LibTorch says before its stack trace and its hints.
std::string first_line(const std::string& message);

}  // namespace sr
