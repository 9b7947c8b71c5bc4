#include "upscale/upscale.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "core/bounded_queue.h"
#include "core/lines.h"
#include "core/parallel.h"
#include "core/stopped.h"
#include "upscale/compare.h"
#include "upscale/picture_sink.h"
#include "upscale/picture_source.h"
#include "upscale/upscale_picture.h"

namespace sr {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kWaiting = 2;  ///< pictures between two stages
constexpr int kFewestEncoders = 2;
constexpr int kMostEncoders = 4;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Frames of a video file are encoded in order, by one thread. Of two others one may encode while
/// the other waits for the disk, on however few processors.
int encoders_for(const UpscalePlan& plan) {
  return std::ranges::any_of(plan.jobs, &UpscaleJob::makes_video_file)
             ? 1
             : std::clamp(useful_threads() / 2, kFewestEncoders, kMostEncoders);
}

/// Three stages with two queues between them.
class Pipeline {
 public:
  Pipeline(const UpscaleSettings& settings, const UpscalePlan& plan, const Resolver& resolver,
           const UpscaleHooks& hooks)
      : settings_(settings),
        plan_(plan),
        resolver_(resolver),
        hooks_(hooks),
        source_(settings, plan, resolver, problems_),
        sink_(settings, plan, problems_) {}

  UpscaleResult run() {
    const Clock::time_point start = Clock::now();
    std::vector<std::thread> threads;
    guarded([&] {
      threads.emplace_back([&] { guarded([&] { decode(); }); });
      for (int i = 0; i < encoders_for(plan_); ++i) {
        threads.emplace_back([&] { guarded([&] { encode(); }); });
      }
      compute();
    });
    finished_.close();
    for (std::thread& thread : threads) {
      thread.join();
    }
    if (failure_) {
      std::rethrow_exception(failure_);
    }
    return result(seconds_since(start));
  }

 private:
  /// The first failure of any stage ends all of them.
  template <typename Work>
  void guarded(Work work) {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) {
        failure_ = std::current_exception();
      }
      decoded_.abandon();
      finished_.abandon();
    }
  }

  void decode() {
    source_.run([&](PictureItem item) { return decoded_.push(std::move(item)); });
    decoded_.close();
  }

  void compute() {
    try {
      compute_all();
    } catch (const Stopped&) {
      stopped_ = true;
      decoded_.abandon();
    }
  }

  void compute_all() {
    while (std::optional<PictureItem> item = decoded_.pop()) {
      if (hooks_.stop && hooks_.stop()) {
        throw Stopped();
      }
      const bool done = problems_.attempt(name_of(plan_.jobs[item->job], *item), [&] {
        if (item->kind == PictureItem::Kind::kPicture) {
          scale_up(*item);
        }
        finished_.push(std::move(*item));
      });
      if (!done && item->frame >= 0) {
        finished_.push({.job = item->job, .kind = PictureItem::Kind::kBrokenVideo});
      }
      tell();
    }
  }

  void scale_up(PictureItem& item) {
    const UpscaleJob& job = plan_.jobs[item.job];
    const Clock::time_point start = Clock::now();
    const std::string name = name_of(job, item);
    UpscaledPicture made =
        upscale_picture(item.picture, resolver_, picture_settings(job), job.format, name);
    computing_ += seconds_since(start);
    ++pictures_;
    const bool alpha_lost = !item.picture.alpha.empty() && made.picture.alpha.empty();
    if (alpha_lost && settings_.picture.alpha != AlphaMode::kDrop && !job.output.empty()) {
      without_alpha_.push_back(job.input.string());
    }
    if (profile_is_of_other_channels(made.picture, job.format) && !job.output.empty()) {
      without_profile_.push_back(job.input.string());
    }
    item.picture = std::move(made.picture);
    item.compared = std::move(made.compared);
    if (settings_.compare) {
      compare(*settings_.compare, /*by_networks=*/true, name, item, problems_);
    }
  }

  /// Video files hold 8 bits.
  PictureSettings picture_settings(const UpscaleJob& job) const {
    PictureSettings picture = settings_.picture;
    picture.compares = settings_.compare.has_value();
    if (job.makes_video_file()) {
      picture.bits = BitsMode::k8;
    }
    return picture;
  }

  void encode() {
    while (std::optional<PictureItem> item = finished_.pop()) {
      sink_.put(std::move(*item));
    }
  }

  void tell() const {
    if (hooks_.progress) {
      hooks_.progress(pictures_ + source_.passed_over(), source_.total());
    }
  }

  UpscaleResult result(double seconds) {
    UpscaleResult result;
    result.written = sink_.written();
    result.kept = source_.kept() + sink_.kept();
    result.pictures = pictures_;
    result.scores = sink_.scores();
    result.problems = plan_.problems;
    append_lines(result.problems, problems_.take());
    result.notes = plan_.notes;
    append_lines(result.notes, problems_.take_notes());
    result.stopped = stopped_;
    result.seconds = seconds;
    result.computing_seconds = computing_;
    if (!without_alpha_.empty()) {
      result.notes.push_back("the format has no alpha, it was dropped: " +
                             shortened_list(without_alpha_, 5));
    }
    if (!without_profile_.empty()) {
      result.notes.push_back(
          "the ICC profile is for other channels than the output's, it was dropped: " +
          shortened_list(without_profile_, 5));
    }
    if (std::ranges::any_of(plan_.jobs, &UpscaleJob::makes_video_file)) {
      result.notes.emplace_back("sound, if there was any, is not copied into videos");
    }
    if (hooks_.progress && !stopped_) {
      hooks_.progress(source_.total(), source_.total());
    }
    return result;
  }

  const UpscaleSettings& settings_;
  const UpscalePlan& plan_;
  const Resolver& resolver_;
  const UpscaleHooks& hooks_;
  Problems problems_;
  PictureSource source_;
  PictureSink sink_;
  BoundedQueue<PictureItem> decoded_{kWaiting};
  BoundedQueue<PictureItem> finished_{kWaiting};
  std::mutex mutex_;
  std::exception_ptr failure_;  ///< guarded by mutex_
  std::vector<std::string> without_alpha_, without_profile_;
  std::size_t pictures_ = 0;
  double computing_ = 0;
  bool stopped_ = false;
};

}  // namespace

PictureScore mean_score(const std::vector<PictureScore>& scores) {
  PictureScore mean{"mean", std::vector<double>(scores.empty() ? 0 : scores.front().values.size())};
  for (std::size_t i = 0; i < mean.values.size(); ++i) {
    double sum = 0;
    double count = 0;
    for (const PictureScore& score : scores) {
      const bool measured = !std::isnan(score.values[i]);
      sum += measured ? score.values[i] : 0;
      count += measured ? 1 : 0;
    }
    mean.values[i] = count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
  }
  return mean;
}

UpscaleResult upscale(const UpscaleSettings& settings, const UpscalePlan& plan,
                      const Resolver& resolver, const UpscaleHooks& hooks) {
  return Pipeline(settings, plan, resolver, hooks).run();
}

}  // namespace sr
