#include "core/error.h"

#include <system_error>

namespace sr {

std::string errno_message(const std::string& action, const std::string& path, int error_number) {
  return action + " " + path + ": " + std::generic_category().message(error_number);
}

}  // namespace sr
