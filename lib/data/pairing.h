#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "data/pairs.h"

namespace sr {

/// The pairs of a data set by name; no file's content is judged yet.
struct Pairing {
  std::vector<ImagePair> pairs;  ///< sorted by root, then stem; sides 0
  std::vector<std::string>
      problems;  ///< missing or empty folders, equal stems, images without a partner
  std::vector<std::string> warnings;
};

/// Lists the roots of a data set and matches GT and LQ root by root, image by image (`with_lq`
/// false: GT alone). Takes what meta_info names when the configuration has one, else everything.
/// `cache`: as in list_images.
Pairing pair_files(const DatasetConfig& config, bool with_lq, const ProbeCache* cache = nullptr);

/// The name of an LQ file: filename_tmpl applies to the last part of the GT stem, folders stay.
/// Throws ConfigError for a template without '{}'.
std::string lq_stem(const std::string& gt_stem, const std::string& filename_template);

}  // namespace sr
