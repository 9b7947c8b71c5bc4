#include "fills.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/random.h"

namespace sr::tiny {
namespace {

double fraction(double value) {
  return value - std::floor(value);
}

double smooth(double t) {
  return t * t * (3.0 - 2.0 * t);
}

/// Distance from the middle of the nearest period, in pixels.
double from_middle(double position, double period) {
  return std::abs(fraction(position / period) - 0.5) * period;
}

double across(Point p, Point direction) {
  return p.y * direction.x - p.x * direction.y;
}

/// In -1..1, smooth between the points of the integer lattice.
double value_noise(std::uint64_t seed, Point p) {
  const double x = std::floor(p.x);
  const double y = std::floor(p.y);
  const auto corner = [&](int dx, int dy) {
    const auto column = static_cast<std::uint64_t>(static_cast<std::int64_t>(x) + dx + (1 << 20));
    const auto row = static_cast<std::uint64_t>(static_cast<std::int64_t>(y) + dy + (1 << 20));
    std::mt19937_64::result_type mixed =
        seed + column * 0x9e3779b97f4a7c15U + row * 0xc2b2ae3d27d4eb4fU;
    mixed = (mixed ^ (mixed >> 29)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 32)) * 0x94d049bb133111ebU;
    return 2.0 * unit(mixed ^ (mixed >> 31)) - 1.0;
  };
  const double tx = smooth(p.x - x);
  const double ty = smooth(p.y - y);
  const double top = corner(0, 0) * (1.0 - tx) + corner(1, 0) * tx;
  const double bottom = corner(0, 1) * (1.0 - tx) + corner(1, 1) * tx;
  return top * (1.0 - ty) + bottom * ty;
}

}  // namespace

Fill solid(Color color) {
  return [=](Point) { return color; };
}

Fill gradient(Color from, Color to, Point around, Point direction, double over) {
  return [=](Point p) {
    return mix(from, to, std::clamp(dot(p - around, direction) / over + 0.5, 0.0, 1.0));
  };
}

Fill stripes(Fill ground, Color color, Point direction, double period, double share) {
  return [=, ground = std::move(ground)](Point p) {
    const double distance = from_middle(dot(p, direction), period) - 0.5 * share * period;
    return mix(ground(p), color, coverage(distance));
  };
}

Fill bricks(Fill ground, Color joint, Point direction, double height, double joint_width) {
  return [=, ground = std::move(ground)](Point p) {
    const double v = across(p, direction);
    const double row = std::floor(v / height);
    const double shift = fraction(row / 2.0) * 2.0 * height;  // every other row by half a brick
    const double length = 2.0 * height;
    const double to_side = 0.5 * length - from_middle(dot(p, direction) + shift, length);
    const double to_edge = 0.5 * height - from_middle(v, height);
    return mix(ground(p), joint, coverage(std::min(to_side, to_edge) - 0.5 * joint_width));
  };
}

Fill dots(Fill ground, Color color, Point direction, double period, double radius) {
  return [=, ground = std::move(ground)](Point p) {
    const Point q{from_middle(dot(p, direction), period),
                  from_middle(across(p, direction), period)};
    return mix(ground(p), color, coverage(length(q) - radius));
  };
}

Fill rough(Fill ground, std::uint64_t seed, double period, int octaves, double strength) {
  return [=, ground = std::move(ground)](Point p) {
    double sum = 0.0;
    double size = strength;
    Point q = (1.0 / period) * p;
    for (int octave = 0; octave < octaves; ++octave) {
      sum += size * value_noise(seed + static_cast<std::uint64_t>(octave), q);
      size *= 0.5;
      q = 2.0 * q;
    }
    const Color color = ground(p);
    return Color{color.r + sum, color.g + sum, color.b + sum};
  };
}

Fill any_fill(Dice& dice, Point around) {
  // One draw a statement: the order of evaluation among arguments differs between compilers.
  const Color first = dice.color();
  const Color second = dice.color();
  const Color third = dice.color();
  const Point direction = dice.direction();
  const Point light = dice.direction();
  const double coarse = dice.between(0.0, 1.0);  // how large the texture is
  const double strong = dice.between(0.0, 1.0);
  Fill ground = gradient(first, mix(first, third, 0.4), around, light, 150.0);
  switch (dice.integer(0, 5)) {
    case 0:
      return stripes(ground, second, direction, 3.0 + 11.0 * coarse, 0.2 + 0.4 * strong);
    case 1:
      return bricks(ground, second, direction, 5.0 + 7.0 * coarse, 0.7 + 1.1 * strong);
    case 2:
      return dots(ground, second, direction, 5.0 + 6.0 * coarse, 1.2 + 1.2 * strong);
    case 3: {
      const auto seed = static_cast<std::uint64_t>(dice.integer(0, 1 << 20));
      return rough(ground, seed, 6.0 + 18.0 * coarse, 4, 10.0 + 25.0 * strong);
    }
    default:
      return ground;
  }
}

}  // namespace sr::tiny
