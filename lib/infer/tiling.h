#pragma once

#include <optional>
#include <vector>

namespace sr {

/// A range of rows or columns of an image: LQ pixels, end not included.
struct Span {
  int begin = 0;
  int end = 0;
  int size() const { return end - begin; }
  bool operator==(const Span&) const = default;
};

/// How far what a network makes of a tile depends on what lies around it: surroundings_of().
struct Surroundings {
  std::optional<int> reach{};
  int grid = 1;
  int least_overlap = 8;  ///< LQ pixels
};

/// Cuts a side of an image into tiles. The network sees each with `overlap` pixels more on both
/// sides. Where that is its whole reach (at most 64 pixels), what it makes of a tile is what it
/// makes of the whole image; where the reach is larger, or unknown, tiles run into each other over
/// `ramp` pixels on both sides of the cut, half of the overlap: its outer half, which sees the
/// made-up surroundings best, is thrown away.
class Tiling {
 public:
  /// length, tile_size: LQ pixels, > 0. Tiles are made equal, so none is larger than tile_size and
  /// none is a sliver.
  Tiling(int length, int tile_size, const Surroundings& surroundings);

  const std::vector<Span>& tiles() const { return tiles_; }
  int ramp() const { return ramp_; }

  /// What the network sees of tile i: it begins on the grid, and ends on it or with the image.
  Span window(std::size_t i) const;
  /// What is used of it: the tile and the ramps on its inner sides.
  Span kept(std::size_t i) const;

 private:
  int length_;
  int grid_;
  int overlap_;
  int ramp_;
  std::vector<Span> tiles_;
};

}  // namespace sr
