#pragma once

#include "arch/options.h"

namespace sr::arch {

/// Names of an RRDB network's parameters: BasicSR's and Real-ESRGAN's, or the original ESRGAN's.
enum class ParamNaming { kNew, kOld };

/// RRDBNet as in BasicSR, which folds the input of scales 1 and 2; the graph is in nn/rrdb.h.
struct RrdbNetOptions {
  int num_in_ch = kRgb;
  int num_out_ch = kRgb;
  int num_feat = 64;
  int num_block = 23;
  int num_grow_ch = 32;
  ParamNaming param_naming = ParamNaming::kNew;

  int input_channels() const { return num_in_ch; }
  friend bool operator==(const RrdbNetOptions&, const RrdbNetOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    describe_size(v);
    describe_naming(v);
  }

 protected:
  template <class Visitor>
  static void describe_size(Visitor& v) {
    using O = RrdbNetOptions;
    v.number("num_in_ch", &O::num_in_ch, arch::input_channels(), kInputChannelsHelp).alias("in_nc");
    v.number("num_out_ch", &O::num_out_ch, output_channels(), kOutputChannelsHelp).alias("out_nc");
    v.number("num_feat", &O::num_feat, features(), "Features of the hidden layers.")
        .alias("num_filters")
        .alias("nf");
    v.number("num_block", &O::num_block, blocks(), "Residual blocks of three dense blocks each.")
        .alias("num_blocks")
        .alias("nb");
    v.number("num_grow_ch", &O::num_grow_ch, features(),
             "Features that each convolution of a dense block adds.")
        .alias("gc");
  }
  template <class Visitor>
  static void describe_naming(Visitor& v) {
    v.choice("param_naming", &RrdbNetOptions::param_naming,
             Names<ParamNaming>{{"new", ParamNaming::kNew}, {"old", ParamNaming::kOld}},
             "Parameter names in the weight files that are written: new (conv_first, "
             "body.0.rdb1.conv1) or old (model.0, model.1.sub.0.RDB1.conv1.0). Both are read.");
  }
};

/// The same network as in traiNNer-redux.
struct EsrganOptions : RrdbNetOptions {
  EsrganOptions() { param_naming = ParamNaming::kOld; }
  bool use_pixel_unshuffle = true;  ///< scales 1 and 2

  friend bool operator==(const EsrganOptions&, const EsrganOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    describe_size(v);
    v.flag("use_pixel_unshuffle", &EsrganOptions::use_pixel_unshuffle,
           "Scales 1 and 2: a 4x network on the input folded by 4 or 2, which is faster. rrdbnet "
           "always does so.");
    describe_naming(v);
  }
};

}  // namespace sr::arch
