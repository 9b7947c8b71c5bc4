#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace sr {

/// One line of a meta_info file: which images take part.
struct MetaEntry {
  int line = 0;    ///< counted from 1
  std::string gt;  ///< as written, below the root, with or without extension
  std::string lq;  ///< empty: follows from filename_tmpl
};

/// Reads a meta_info text file: UTF-8 or UTF-16, lines that end with LF or CRLF. A line is `name`,
/// `name (h,w,c)` as BasicSR writes it, or `gt, lq` (also with a tab between them); empty lines are
/// passed over. A name may itself contain a comma: `is_gt` tells whether a text names a GT image.
/// Takes time in proportion to the file, whatever it holds. Throws DataError when the file cannot
/// be read or names nothing.
std::vector<MetaEntry> read_meta_info(const std::filesystem::path& file,
                                      const std::function<bool(const std::string&)>& is_gt);

/// The same for text at hand; no entries when it names nothing.
std::vector<MetaEntry> parse_meta_info(const std::string& text,
                                       const std::function<bool(const std::string&)>& is_gt);

}  // namespace sr
