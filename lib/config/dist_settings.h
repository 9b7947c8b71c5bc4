#pragma once

#include <string>

namespace sr {

/// The section `dist`: what processes that train together expect of each other. Not a part of
/// Config, because it says nothing about what is trained.
struct DistSettings {
  int timeout = 600;             ///< seconds, 1 to 1,000,000; then a silent rank is lost
  std::string backend = "auto";  ///< nothing else can be chosen
};

}  // namespace sr
