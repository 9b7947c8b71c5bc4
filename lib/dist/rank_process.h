#pragma once

#include <string>

#include "dist/place.h"

namespace sr {

/// The device for open_device() that a rank takes: `request` as it was asked for on the command
/// line, but of several GPUs of a host each rank takes its own. Throws ConfigError when there are
/// fewer than ranks, or when one is named for several ranks.
std::string device_of_rank(const std::string& request, const Place& place);

/// What LibTorch's network code prints of connections that it tries again, or that others have
/// closed, is not for users: only errors are printed from now on, unless TORCH_CPP_LOG_LEVEL says
/// otherwise.
void print_errors_of_network_alone();

/// LibTorch's threads of this process become its part of the host's processors, at most; and those
/// that are started from now on take short turns, since other ranks wait for the ones that talk to
/// them. Call before the first work on the CPU, and before the ranks meet.
void use_processors_of_rank(const Place& place);

}  // namespace sr
