#include "data/left_out.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/lower_case.h"

namespace sr {
namespace {

constexpr std::array<std::string_view, 36> kRawEndings = {
    ".3fr", ".ari", ".arw", ".bay", ".cr2", ".cr3", ".crw", ".cs1", ".dcr", ".dng", ".erf", ".fff",
    ".gpr", ".iiq", ".k25", ".kdc", ".mdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef",
    ".ptx", ".qtk", ".raf", ".raw", ".rw2", ".rwl", ".rwz", ".sr2", ".srf", ".srw", ".sti", ".x3f"};

constexpr std::array<std::string_view, 77> kUnreadEndings = {
    ".264",  ".265",   ".3g2",  ".3gp",  ".ai",   ".apng", ".asf",  ".av1", ".avif", ".avifs",
    ".avs",  ".cin",   ".cur",  ".dds",  ".divx", ".dpx",  ".dv",   ".eps", ".exr",  ".f4v",
    ".fits", ".flv",   ".gif",  ".gifv", ".h264", ".h265", ".hdp",  ".hdr", ".heic", ".heics",
    ".heif", ".heifs", ".hevc", ".hif",  ".icns", ".ico",  ".insv", ".ivf", ".j2c",  ".j2k",
    ".jp2",  ".jpf",   ".jpm",  ".jpx",  ".jxl",  ".jxr",  ".lrv",  ".m1v", ".m2t",  ".m2ts",
    ".m2v",  ".mod",   ".mpe",  ".mpeg", ".mpg",  ".mts",  ".mxf",  ".ogv", ".pam",  ".pcx",
    ".pfm",  ".psb",   ".psd",  ".qoi",  ".rm",   ".rmvb", ".sgi",  ".svg", ".svgz", ".tga",
    ".tod",  ".ts",    ".vob",  ".wdp",  ".wmv",  ".xcf",  ".y4m"};

static_assert(std::is_sorted(kRawEndings.begin(), kRawEndings.end()));
static_assert(std::is_sorted(kUnreadEndings.begin(), kUnreadEndings.end()));

template <typename Names>
bool among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// What stands in front of the groups of text().
constexpr std::array<std::string_view, kLeftOutReasons> kNames = {
    "of formats that are not read",
    "camera RAW",
    "TIFF beginning with a reduced copy or a mask",
    "video in a set of images",
    "links to a folder around the set",
    "previews or trash of other programs",
    "hidden or of the system",
    "of other kinds"};

constexpr std::size_t index_of(LeftOutReason reason) {
  return static_cast<std::size_t>(reason);
}

/// "a, b and c".
std::string joined(const std::vector<std::string>& parts) {
  if (parts.size() < 2) {
    return fmt::format("{}", fmt::join(parts, ""));
  }
  return fmt::format("{} and {}", fmt::join(parts.begin(), parts.end() - 1, ", "), parts.back());
}

}  // namespace

std::optional<LeftOutReason> left_out_by_name(const std::string& file_name) {
  static constexpr std::array<std::string_view, 6> kSystemFiles = {
      "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "zbthumbnail.info", "icon\r"};
  const std::string name = lower(file_name);
  if (name.starts_with('.') || among(kSystemFiles, name)) {
    return LeftOutReason::kSystem;
  }
  static constexpr std::array<std::string_view, 3> kSynology = {"synophoto", "synovideo",
                                                                "synofile_thumb"};
  if (std::any_of(kSynology.begin(), kSynology.end(),
                  [&](std::string_view start) { return name.starts_with(start); })) {
    return LeftOutReason::kPreview;
  }
  // The last two are small copies of videos (GoPro, Insta360; DJI), readable as any MP4.
  static constexpr std::array<std::string_view, 6> kPreviewEndings = {".thm", ".lrprev", ".cot",
                                                                      ".cop", ".lrv",    ".lrf"};
  const std::string ending = lower_extension(name);
  if (among(kPreviewEndings, ending)) {
    return LeftOutReason::kPreview;
  }
  const bool raw = std::binary_search(kRawEndings.begin(), kRawEndings.end(), ending);
  return raw ? std::optional(LeftOutReason::kRaw) : std::nullopt;
}

bool is_folder_of_others(const std::filesystem::path& folder) {
  // Synology, QNAP, archives made on macOS, Apple, Capture One, trash and found pieces of NAS,
  // macOS and Windows. In small letters: file servers change capitals.
  static constexpr std::array<std::string_view, 19> kNamesOfFolders = {"@eadir",
                                                                       "@__thumb",
                                                                       "@recycle",
                                                                       "@recently-snapshot",
                                                                       "@transcode",
                                                                       "#recycle",
                                                                       "#snapshot",
                                                                       "~snapshot",
                                                                       "__macosx",
                                                                       "ipod photo cache",
                                                                       "captureone",
                                                                       "network trash folder",
                                                                       "temporary items",
                                                                       "$recycle.bin",
                                                                       "recycler",
                                                                       "recycled",
                                                                       "system volume information",
                                                                       "found.000",
                                                                       "lost+found"};
  const std::string name = lower(folder.filename().string());
  const std::string ending = lower_extension(folder);
  if (among(kNamesOfFolders, name) || ending == ".lrdata" || ending == ".cocatalog") {
    return true;  // the last two: Lightroom's and Capture One's previews
  }
  // Libraries of Apple's programs: the photos are in one of two folders, previews in the others.
  const std::string library = lower_extension(folder.parent_path());
  static constexpr std::array<std::string_view, 5> kLibraries = {
      ".photoslibrary", ".aplibrary", ".photolibrary", ".migratedphotolibrary",
      ".migratedaplibrary"};
  return among(kLibraries, library) && name != "originals" && name != "masters";
}

bool is_unread_format(const std::string& file) {
  return std::binary_search(kUnreadEndings.begin(), kUnreadEndings.end(), lower_extension(file));
}

void LeftOut::add(LeftOutReason reason, const std::filesystem::path& file) {
  Group& group = groups_[index_of(reason)];
  if (group.count++ == 0) {
    group.example = file;
  }
  const std::string name = file.filename().string();
  std::string ending = name.starts_with("._") ? "._*" : lower_extension(file);
  if (ending.empty()) {
    ending = name.starts_with('.') ? name : "no ending";
  }
  ++group.by_ending[std::move(ending)];
}

std::size_t LeftOut::count() const {
  return std::accumulate(groups_.begin(), groups_.end(), std::size_t{0},
                         [](std::size_t sum, const Group& group) { return sum + group.count; });
}

std::string LeftOut::text() const {
  constexpr std::size_t kShownEndings = 6;
  std::vector<std::string> parts;
  const std::filesystem::path* example = nullptr;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const Group& group = groups_[i];
    if (group.count == 0) {
      continue;
    }
    example = example == nullptr ? &group.example : example;
    std::vector<std::string> endings;
    for (const auto& [ending, count] : group.by_ending) {
      if (endings.size() == kShownEndings) {
        endings.emplace_back("...");
        break;
      }
      endings.push_back(fmt::format("{} {}", ending, count));
    }
    parts.push_back(fmt::format("{} {} ({})", group.count, kNames[i], fmt::join(endings, ", ")));
  }
  if (example == nullptr) {
    return {};
  }
  const std::size_t all = count();
  return fmt::format("{} file{} left out: {}; such as {}", all, all == 1 ? " is" : "s are",
                     joined(parts), example->string());
}

}  // namespace sr
