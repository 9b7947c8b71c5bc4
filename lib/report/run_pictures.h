#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

namespace sr {

/// The validation pictures of a run's folder for a page: of each set the few images whose outputs
/// changed most from the first step to the last, [{set, image, outputs: [{step, src}], lr, gt,
/// cut}]. All of one image are the same cut of at most kPictureSide x kPictureSide pixels, where
/// the change is largest, as PNG in a data URI; `cut` is [x, y] of its corner. `lr` (scaled up
/// bicubically) and `gt` come from report/<set>/, where training keeps them (SavedPictures);
/// missing without. What cannot be decoded is passed over.
nlohmann::ordered_json run_pictures(const std::filesystem::path& folder);

inline constexpr int kPictureSide = 320;

}  // namespace sr
