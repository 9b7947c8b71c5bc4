#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "data/pair_image.h"
#include "data/pairs.h"

namespace sr {

/// Decodes the items of a list. Frames of a video file are read by readers that stay open between
/// calls, a bounded number of them: asking for the frames of one file in ascending order decodes
/// each once. May be called from several threads; two calls for one video file wait for each other.
/// A video file must stay as it was when the decoder was made: its frames are known by number
/// alone.
class PairDecoder {
 public:
  PairDecoder(std::vector<ImagePair> pairs, int scale);
  ~PairDecoder();
  PairDecoder(const PairDecoder&) = delete;
  PairDecoder& operator=(const PairDecoder&) = delete;

  const std::vector<ImagePair>& pairs() const;
  /// `wanted`, LQ pixels, may be all that is there of it (read_pair). Throws DataError
  /// "<file>: <reason>", for a video "<file>: frame <n>: <reason>".
  PairImage decode(std::size_t index, const WantedPart& wanted = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sr
