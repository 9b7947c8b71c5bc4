#pragma once

#include <functional>
#include <string>

#include "device/memory.h"

namespace sr {

/// Runs work() where running out of memory can be answered with nothing smaller: before the first
/// step, and whatever a step does outside its attempt. Throws DoesNotFitError "<what> does not fit"
/// with the table of needed, free and limit - of the machine when it was the host's memory that
/// ran out, else of the device - in place of what running out of memory throws; every other
/// exception passes through.
void must_fit(const std::string& what, DeviceMemory& memory, const std::function<void()>& work);

}  // namespace sr
