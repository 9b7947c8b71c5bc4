#include "config/tables.h"

#include <algorithm>

#include "config/discriminator_section.h"
#include "config/names.h"
#include "config/network_section.h"
#include "core/units.h"
#include "fields/field_kinds.h"
#include "fields/option_fields.h"
#include "fields/path_field.h"
#include "fields/section_fields.h"

namespace sr::settings {
namespace {

// Larger sizes than these are typing errors, and their products still fit where they are
// multiplied.
constexpr double kLargestSide = 8192;
constexpr double kLargestBatch = 65536;
constexpr double kLargestClip = 99;  // frames

const Names<Switch> kSwitch{
    {"auto", Switch::kAuto}, {"true", Switch::kOn}, {"false", Switch::kOff}};

Field<Config> name_field() {
  Field<Config> field = value_field<Config>(
      FieldText{
          "name",
          "text",
          "that can name a folder",
          "The run and its folder, `<experiments_root>/<name>`: at most 200 bytes, no `/`, no "
          "control characters, neither `.` nor `..`.",
          {Shape::Kind::kText}},
      &Config::name,
      [](const Node& node) -> std::optional<std::string> {
        return node.is_scalar() && names_folder(node.text) ? std::optional(node.text)
                                                           : std::nullopt;
      },
      [](const std::string& value) { return text_node(value); });
  field.read = [read = std::move(field.read)](const Node& node, Config& config,
                                              const Site& site) -> Problem {
    const Problem problem = read(node, config, site);
    return problem && node.is_scalar() ? no_name_of_folder(node.text, node.shown()) : problem;
  };
  return field;
}

Field<Config> scale_field() {
  return value_field<Config>(
      FieldText{"scale",
                "one of",
                "1, 2, 3, 4, 8",
                "Magnification: GT is LQ times this.",
                {.kind = Shape::Kind::kWord, .words = {"1", "2", "3", "4", "8"}}},
      &Config::scale,
      [](const Node& node) -> std::optional<int> {
        const std::int64_t value = node.integer().value_or(0);
        const bool legal = value == 1 || value == 2 || value == 3 || value == 4 || value == 8;
        return legal ? std::optional(static_cast<int>(value)) : std::nullopt;
      },
      [](int value) { return number_node(value); });
}

Field<Config> memory_limit_field() {
  return value_field<Config>(
      FieldText{"memory_limit",
                "bytes (KiB, MiB, GiB) or ~",
                ">= 1MiB",
                "Trains as if the device had only this much memory, on the GPU and on the CPU; "
                "decoded images do not count. `12GiB`",
                {Shape::Kind::kText}},
      &Config::memory_limit,
      [](const Node& node) -> std::optional<std::optional<std::int64_t>> {
        const auto bytes = parse_bytes(node.text);
        if (!bytes || *bytes < kMiB) {
          return std::nullopt;
        }
        return std::make_optional(bytes);
      },
      [](const std::optional<std::int64_t>& bytes) {
        return bytes ? plain_node(exact_bytes(*bytes)) : null_node();
      });
}

Field<DatasetConfig> filename_field() {
  return value_field<DatasetConfig>(
      FieldText{"filename_tmpl",
                "text with {}",
                "",
                "Stem of an LQ file from its GT file's stem: `{}x4` pairs 0801.png with "
                "0801x4.png.",
                {.kind = Shape::Kind::kText}},
      &DatasetConfig::filename_tmpl,
      [](const Node& node) {
        const bool bare = node.is_map() && node.keys.empty();  // {} without quotes
        const std::string text = bare ? "{}" : node.text;
        return text.find("{}") != std::string::npos ? std::optional(text) : std::nullopt;
      },
      [](const std::string& value) { return text_node(value); });
}

Field<DatasetConfig> cache_field() {
  return value_field<DatasetConfig>(
      FieldText{"cache",
                "off, auto or bytes (KiB, MiB, GiB)",
                "",
                "Main memory for decoded images. `8GiB`",
                {Shape::Kind::kText}},
      &DatasetConfig::cache,
      [](const Node& node) -> std::optional<CacheSetting> {
        if (names_choice(node, "off")) {
          return CacheSetting{CacheMode::kOff, 0};
        }
        if (names_choice(node, "auto")) {
          return CacheSetting{CacheMode::kAuto, 0};
        }
        const auto bytes = parse_bytes(node.text);
        return bytes ? std::optional(CacheSetting{CacheMode::kBytes, *bytes}) : std::nullopt;
      },
      [](const CacheSetting& cache) {
        const bool bytes = cache.mode == CacheMode::kBytes;
        return plain_node(bytes                           ? exact_bytes(cache.bytes)
                          : cache.mode == CacheMode::kOff ? "off"
                                                          : "auto");
      });
}

Field<DatasetConfig> schedule_field() {
  return entries("size_schedule", &DatasetConfig::size_schedule, schedule_fields,
                 "{step, lq_size, batch_size, micro_batch, recompute}",
                 "{step, lq_size, batch_size}",
                 "Sizes in force from the step after `step`; the last entry of a step wins. "
                 "Excludes the size optimizer.");
}

Node datasets_node(const Config& config) {
  Node map = map_node();
  Node train = write_section(training_fields(), config.train_set);
  if (config.train_set.is_degraded()) {
    train.add_all(write_section(degradation_fields(), config.train_set.degradation));
  }
  map.add("train", std::move(train));
  for (const DatasetConfig& set : config.val_sets) {
    map.add(set.key, write_section(dataset_fields(), set));
  }
  return map;
}

template <typename S>
void add_automation(Node& map, const char* name, const Fields<S>& fields,
                    const std::optional<S>& automation) {
  if (!automation) {
    return;
  }
  Node block = map_node();
  block.add("enabled", node_of(true));
  block.add_all(write_section(fields, *automation));
  map.add(name, std::move(block));
}

Node automations_node(const Config& config) {
  Node blocks = map_node();
  add_automation(blocks, "DynamicBatchSizeOptimizer", option_fields<SizeOptimizerOptions>(),
                 config.size_optimizer);
  add_automation(blocks, "IntelligentLearningRateScheduler", option_fields<LearningRateOptions>(),
                 config.learning_rate_scheduler);
  add_automation(blocks, "AdaptiveGradientClipping",
                 option_fields<recipe::GradientClippingOptions>(), config.gradient_clipping);
  add_automation(blocks, "IntelligentEarlyStopping", option_fields<EarlyStoppingOptions>(),
                 config.early_stopping);
  Node map = map_node();
  map.add("enabled", node_of(!blocks.keys.empty()));
  map.add_all(std::move(blocks));
  return map;
}

Fields<DatasetConfig> training_only_fields() {
  using D = DatasetConfig;
  return {
      number("lq_size", &D::lq_size, between(1, kLargestSide),
             "Side of the square LQ crop, pixels. `gt_size` (= lq_size x scale) may be given "
             "instead."),
      number("batch_size_per_gpu", &D::batch_size_per_gpu, between(1, kLargestBatch),
             "Samples per forward and backward."),
      number("accum_iter", &D::accum_iter, between(1, kLargestBatch),
             "Batches whose gradients are added before one optimizer step."),
      flag("use_hflip", &D::use_hflip, "Random horizontal flips.").alias("use_flip"),
      flag("use_rot", &D::use_rot, "Random vertical flips and transposes."),
      automatic("num_worker_per_gpu", &D::num_worker_per_gpu, between(0, 1024),
                "Decoding threads; 0 counts as 1. The result does not depend on it."),
      automatic(
          "dataset_enlarge_ratio", &D::dataset_enlarge_ratio, more_than(0),
          "Passes over the data set that are called one epoch; auto: as many as make about 2000 "
          "batches. Changes the epoch that is shown, nothing else."),
      cache_field(),
      number(
          "crops_per_decode", &D::crops_per_decode, between(1, 1024),
          "Samples drawn from an image each time it is decoded, spread over a window of images; a "
          "pass then shows every image so often. 8 is good when the set does not fit the cache."),
      numbers("dataroot_weights", &D::dataroot_weights, more_than(0),
              "Share of each root of dataroot_gt in every pass, for instance `[3, 1]`; without it "
              "every image comes once. Images only."),
      choice("small_images", &D::small_images,
             {{"pad", SmallImages::kPad}, {"error", SmallImages::kError}},
             "Images smaller than the crop: reflect-padded (LQ and GT alike) or refused."),
      schedule_field(),
  };
}

}  // namespace

const Fields<Config>& top_fields() {
  static const Fields<Config> kFields = [] {
    using C = Config;
    return Fields<C>{
        name_field().require(),
        scale_field().require(),
        number("manual_seed", &C::manual_seed, at_least(0),
               "Same seed, build, processor and threads: the same weights, bit by bit, on the CPU.")
            .default_is("drawn, and written to config.yml; a run that goes on keeps its own"),
        flag("deterministic", &C::deterministic, "Only deterministic GPU algorithms; slower."),
        flag("use_amp", &C::use_amp,
             "16-bit arithmetic in forward and loss: less memory, faster on GPUs."),
        flag("amp_bf16", &C::amp_bf16, "With use_amp: bfloat16 instead of float16."),
        flag("fast_matmul", &C::fast_matmul,
             "TF32 for float32 matrix products on NVIDIA GPUs; convolutions always use it there. "
             "On CPUs oneDNN may round the factors of a step's float32 convolutions and matrix "
             "products to bfloat16 (with AMX)."),
        choice("use_channels_last", &C::use_channels_last, kSwitch,
               "Memory layout NHWC; auto is a fixed rule by device and type."),
        choice("cuda_graph", &C::cuda_graph,
               Names<Switch>{{"auto", Switch::kAuto}, {"off", Switch::kOff}},
               "On NVIDIA GPUs a step is recorded once its sizes have settled and replayed from "
               "then on; off: never."),
        memory_limit_field(),
        special<C>(FieldText{"datasets", "section", "", ""}, datasets_node),
        special<C>(FieldText{"network_g", "section", "", ""},
                   [](const C& config) { return write_network(config.network_g); }),
        special<C>(FieldText{"network_g_teacher", "section", "",
                             "A trained network whose images take the place of GT, or with "
                             "train.eco are mixed with it ([explained](teacher.md)). Settings as "
                             "in network_g; path.pretrain_network_g_teacher has its weights."},
                   [](const Config& config) {
                     return config.network_g_teacher ? write_network(*config.network_g_teacher)
                                                     : null_node();
                   })
            .default_is("none"),
        special<C>(FieldText{"network_d", "section", "", ""},
                   [](const C& config) {
                     return config.network_d ? discriminator_section().write(*config.network_d)
                                             : null_node();
                   }),
        section("path", &C::path, path_fields),
        section("train", &C::train, train_fields),
        section("val", &C::val, val_fields),
        section("logger", &C::logger, logger_fields),
        special<C>(FieldText{"training_automations", "section", "", ""}, automations_node),
    };
  }();
  return kFields;
}

const Fields<DatasetConfig>& dataset_fields() {
  static const Fields<DatasetConfig> kFields = [] {
    using D = DatasetConfig;
    return Fields<D>{
        text("name", &D::name,
             "Shown in events; a validation set's is also the folder of its pictures, with the "
             "rules of the top-level `name`, and no two may differ in case alone.")
            .default_is("its key: train, val, val_1"),
        type_field(TypeKind::kDataset, &D::type, "Where images come from.").require(),
        as_path(texts("dataroot_gt", &D::dataroot_gt,
                      "Folders of GT (high resolution) images or videos, searched recursively."))
            .require(),
        as_path(texts("dataroot_lq", &D::dataroot_lq,
                      "Folders of LQ (low resolution) images or videos, one for each of "
                      "dataroot_gt; required for pairedimagedataset, pairedvideodataset and "
                      "realesrganpaireddataset."))
            .default_is("none"),
        filename_field(),
        as_path(optional_text(
                    "meta_info", &D::meta_info,
                    "Text file that lists what to use, an image a line: its path below the root "
                    "with or without extension (BasicSR's `name (h,w,c)` too), or `gt, lq` "
                    "([explained](data.md#lists-of-files))."))
            .alias("meta_info_file"),
        choice("lq_resize_mode", &D::lq_resize_mode, resize_modes(),
               "What GT is shrunk with to make LQ; bicubic, bilinear and lanczos are antialiased.")
            .only_for({"singlegtdataset", "singlevideodataset"}),
        number("clip_size", &D::clip_size, between(1, kLargestClip),
               "Video: frames a sample, an odd number; the network sees them stacked in its "
               "channels (frame by frame, RGB) and learns the middle one. The same in all data "
               "sets; `network_g.num_in_ch` is 3 x this.")
            .default_is(
                "what a network of clips takes, else 1; of other sets than train: as there"),
    };
  }();
  return kFields;
}

const Fields<DatasetConfig>& training_fields() {
  static const Fields<DatasetConfig> kFields = [] {
    Fields<DatasetConfig> fields = dataset_fields();
    for (Field<DatasetConfig>& field : training_only_fields()) {
      fields.push_back(std::move(field));
    }
    return fields;
  }();
  return kFields;
}

const Fields<ScheduledSize>& schedule_fields() {
  static const Fields<ScheduledSize> kFields = [] {
    using E = ScheduledSize;
    return Fields<E>{
        number("step", &E::step, at_least(0), "In force from the step after this one.").require(),
        number("lq_size", &E::lq_size, between(1, kLargestSide), "Side of the LQ crop, pixels.")
            .require(),
        number("batch_size", &E::batch_size, between(1, kLargestBatch), "Samples per step.")
            .require(),
        number("micro_batch", &E::micro_batch, between(0, kLargestBatch),
               "Samples per forward and backward; 0 = batch_size."),
        flag("recompute", &E::recompute, "Blocks are computed twice, as train.recompute says."),
    };
  }();
  return kFields;
}

const Fields<PathConfig>& path_fields() {
  static const Fields<PathConfig> kFields = [] {
    using P = PathConfig;
    return Fields<P>{
        as_path(
            optional_text(
                "pretrain_network_g", &P::pretrain_network_g,
                "Weights to start from: safetensors, or what torch.save wrote (.pth, .pt, .ckpt)."))
            .alias("pretrain_model_g"),
        as_path(optional_text("pretrain_network_g_teacher", &P::pretrain_network_g_teacher,
                              "Weights of network_g_teacher, every tensor of which must fit; "
                              "read again when the run is resumed.")),
        optional_text(
            "param_key_g", &P::param_key_g,
            "Which weights of a .pth file that holds several; without it params_ema, else params, "
            "else the only ones."),
        flag("strict_load_g", &P::strict_load_g,
             "false: load what fits in name and shape, and list the rest.")
            .alias("strict_load"),
        as_path(optional_text("pretrain_network_d", &P::pretrain_network_d,
                              "Weights of the discriminator to start from."))
            .alias("pretrain_model_d"),
        optional_text("param_key_d", &P::param_key_d, "As param_key_g."),
        flag("strict_load_d", &P::strict_load_d, "As strict_load_g."),
        as_path(optional_text(
            "resume_state", &P::resume_state,
            "Training state to go on from; --resume beats it, and with --auto-resume the "
            "newest of the run itself.")),
        as_path(text("experiments_root", &P::experiments_root, "Folder of all runs.")),
    };
  }();
  return kFields;
}

}  // namespace sr::settings
