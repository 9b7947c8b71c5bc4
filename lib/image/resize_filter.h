#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sr {

/// The kernels that images are resized with.
enum class Filter { kBox, kBilinear, kBicubic, kMitchell, kLanczos3 };

/// A symmetric kernel of unit area, given at the scale of the finer grid.
struct Kernel {
  double width = 0.0;                  ///< it is 0 outside [-width / 2, width / 2]
  double (*weight)(double) = nullptr;  ///< of the distance in pixels
};

Kernel kernel_of(Filter filter);

/// "box", "bilinear", "bicubic", "mitchell", "lanczos3".
std::string_view name_of(Filter filter);

/// The filter of that name in lower case; nothing for any other text.
std::optional<Filter> filter_named(std::string_view name);

/// All names, "box, bilinear, ...", for messages.
std::string filter_names();

}  // namespace sr
