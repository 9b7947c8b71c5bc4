#include "report/run_pictures.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/base64.h"
#include "core/error.h"
#include "core/run_files.h"
#include "image/image.h"

namespace sr {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr std::size_t kPicturesOfASet = 6;
constexpr std::size_t kOutputsOfAPicture = 6;
constexpr std::size_t kCompared = 24;  ///< images of a set: each takes two pictures to decode

using Outputs = std::map<long long, fs::path>;  ///< by step

/// {image: outputs} of a validation set's folder.
std::map<std::string, Outputs> outputs_in(const fs::path& folder) {
  std::map<std::string, Outputs> images;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string stem = entry->path().stem().string();
    const std::size_t mark = stem.rfind('_');
    constexpr std::size_t kMostDigits = 17;
    if (!entry->is_regular_file(error) || entry->path().extension() != ".png" ||
        mark == std::string::npos || mark + 1 == stem.size() ||
        stem.find_first_not_of("0123456789", mark + 1) != std::string::npos ||
        stem.size() - mark - 1 > kMostDigits) {
      continue;
    }
    const fs::path inside = fs::relative(entry->path().parent_path(), folder, error);
    const std::string image = (inside / stem.substr(0, mark)).lexically_normal().string();
    images[image][std::stoll(stem.substr(mark + 1))] = entry->path();
  }
  return images;
}

std::optional<cv::Mat> decoded(const fs::path& file) {
  try {
    return decode_image(file);
  } catch (const Error&) {  // cut off by a kill, or of another program
    return std::nullopt;
  }
}

/// An image and where its outputs differ.
struct Compared {
  std::string image;
  Outputs outputs;
  double change = 0;  ///< mean over all pixels
  cv::Rect cut;
};

cv::Rect centre(const cv::Size& size) {
  const int width = std::min(size.width, kPictureSide);
  const int height = std::min(size.height, kPictureSide);
  return {(size.width - width) / 2, (size.height - height) / 2, width, height};
}

/// Where the sum of differences over a cut is largest.
cv::Rect largest_change(const cv::Mat& difference) {
  cv::Rect cut = centre(difference.size());
  cv::Mat sums;
  cv::boxFilter(difference, sums, CV_32F, cut.size(), cv::Point(0, 0), /*normalize=*/true,
                cv::BORDER_CONSTANT);
  const cv::Rect corners(0, 0, difference.cols - cut.width + 1, difference.rows - cut.height + 1);
  cv::Point best;
  cv::minMaxLoc(sums(corners), nullptr, nullptr, nullptr, &best);
  return {best, cut.size()};
}

std::optional<Compared> compared(const std::string& image, const Outputs& outputs) {
  const std::optional<cv::Mat> first = decoded(outputs.begin()->second);
  const std::optional<cv::Mat> last = decoded(outputs.rbegin()->second);
  if (!last) {
    return std::nullopt;
  }
  Compared result{image, outputs, 0, centre(last->size())};
  if (first && outputs.size() > 1 && first->size() == last->size() &&
      first->type() == last->type()) {
    cv::Mat difference;
    cv::absdiff(*first, *last, difference);
    cv::cvtColor(difference, difference, cv::COLOR_RGB2GRAY);
    result.change = cv::mean(difference)[0];
    if (result.change > 0) {
      result.cut = largest_change(difference);
    }
  }
  return result;
}

/// Null for what is no picture that has the cut.
Json source_of(const fs::path& file, const cv::Rect& cut) {
  const std::optional<cv::Mat> picture = decoded(file);
  if (!picture || (cut & cv::Rect({}, picture->size())) != cut) {
    return nullptr;
  }
  cv::Mat bgr;
  cv::cvtColor((*picture)(cut), bgr, cv::COLOR_RGB2BGR);
  std::vector<unsigned char> png;
  cv::imencode(".png", bgr, png);
  return "data:image/png;base64," + base64({reinterpret_cast<const char*>(png.data()), png.size()});
}

/// The first, the last and some between, all of them when they are few.
std::vector<std::pair<long long, fs::path>> spread(const Outputs& outputs) {
  const std::vector<std::pair<long long, fs::path>> all(outputs.begin(), outputs.end());
  if (all.size() <= kOutputsOfAPicture) {
    return all;
  }
  std::vector<std::pair<long long, fs::path>> some;
  for (std::size_t i = 0; i < kOutputsOfAPicture; ++i) {
    some.push_back(all[i * (all.size() - 1) / (kOutputsOfAPicture - 1)]);
  }
  return some;
}

Json picture_of(const Compared& compared, const fs::path& references) {
  Json picture{{"image", compared.image}, {"outputs", Json::array()}};
  for (const auto& [step, file] : spread(compared.outputs)) {
    if (Json source = source_of(file, compared.cut); !source.is_null()) {
      picture["outputs"].push_back({{"step", step}, {"src", std::move(source)}});
    }
  }
  for (const char* kind : {"lr", "gt"}) {
    Json source = source_of(references / (compared.image + "_" + kind + ".png"), compared.cut);
    if (!source.is_null()) {
      picture[kind] = std::move(source);
    }
  }
  picture["cut"] = {compared.cut.x, compared.cut.y};
  return picture;
}

std::vector<Compared> most_changed(const fs::path& set) {
  std::vector<Compared> images;
  for (const auto& [image, outputs] : outputs_in(set)) {
    if (images.size() == kCompared) {
      break;
    }
    if (auto found = compared(image, outputs)) {
      images.push_back(std::move(*found));
    }
  }
  std::ranges::stable_sort(images, std::ranges::greater(), &Compared::change);
  images.resize(std::min(images.size(), kPicturesOfASet));
  return images;
}

}  // namespace

Json run_pictures(const fs::path& folder) {
  Json pictures = Json::array();
  std::error_code error;
  std::vector<fs::path> sets;
  for (fs::directory_iterator entry(folder / run_files::kOutputs, error), end;
       !error && entry != end; entry.increment(error)) {
    sets.push_back(entry->path());
  }
  std::ranges::sort(sets);
  for (const fs::path& set : sets) {
    for (const Compared& image : most_changed(set)) {
      Json picture = picture_of(image, folder / run_files::kPagePictures / set.filename());
      picture["set"] = set.filename().string();
      pictures.push_back(std::move(picture));
    }
  }
  return pictures;
}

}  // namespace sr
