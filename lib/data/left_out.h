#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace sr {

/// Why a file below a root is no part of a data set, what a user should know first coming first.
enum class LeftOutReason : char {
  kUnreadFormat,   ///< image or video of a format that is not read (HEIC, GIF, MPEG ...)
  kRaw,            ///< camera RAW
  kReducedFirst,   ///< TIFF whose first image is a reduced copy
  kVideoNotTaken,  ///< video, where images alone are looked for
  kAround,         ///< link to a folder that the root itself lies in
  kPreview,        ///< thumbnail or preview that a camera, NAS or photo program made, or trash
  kSystem,         ///< hidden, or of the operating system
  kOther,
};
inline constexpr std::size_t kLeftOutReasons = 8;

/// What its name (without folders) alone tells of a file: previews, hidden and system files, camera
/// RAW.
std::optional<LeftOutReason> left_out_by_name(const std::string& file_name);

/// True for the folders in which other programs keep previews or what was deleted (@eaDir,
/// *.lrdata, #recycle ..., in any letters; all but the originals of an Apple photo library).
bool is_folder_of_others(const std::filesystem::path& folder);

/// True for the endings of image and video formats that are not read.
bool is_unread_format(const std::string& file);

/// The files of a root that are left out, counted by reason and ending.
class LeftOut {
 public:
  void add(LeftOutReason reason, const std::filesystem::path& file);

  std::size_t count() const;
  /// One line: "5 files are left out: 2 of formats that are not read (.heic 1, .ts 1), 3 camera RAW
  /// (.nef 3); such as <path>"; empty when there are none. The example is of the first reason.
  std::string text() const;

 private:
  struct Group {
    std::size_t count = 0;
    std::map<std::string, std::size_t> by_ending;
    std::filesystem::path example;
  };
  std::array<Group, kLeftOutReasons> groups_;
};

}  // namespace sr
