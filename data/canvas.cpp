#include "canvas.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "core/random.h"

namespace sr::tiny {

double length(Point p) {
  return std::sqrt(dot(p, p));
}

Color mix(Color a, Color b, double share_of_b) {
  const double share_of_a = 1.0 - share_of_b;
  return {share_of_a * a.r + share_of_b * b.r, share_of_a * a.g + share_of_b * b.g,
          share_of_a * a.b + share_of_b * b.b};
}

double Dice::between(double low, double high) {
  return low + (high - low) * unit(engine_());
}

int Dice::integer(int low, int high) {
  return low + static_cast<int>(std::floor(between(0.0, high - low + 1.0)));
}

Point Dice::direction() {
  // A point in the unit disc, pushed to its rim: uniform without sine and cosine.
  for (;;) {
    const Point p{between(-1.0, 1.0), between(-1.0, 1.0)};
    const double size = length(p);
    if (size > 0.01 && size <= 1.0) {
      return (1.0 / size) * p;
    }
  }
}

Color Dice::color() {
  const double luma = between(20.0, 235.0);
  const double tint = chance(0.25) ? 90.0 : 30.0;
  const auto channel = [&] { return std::clamp(luma + between(-tint, tint), 0.0, 255.0); };
  const double r = channel();
  const double g = channel();
  return {r, g, channel()};
}

Shape everything() {
  return [](Point) { return -1e9; };
}

Shape rectangle(Point center, Point direction, double half_length, double half_width) {
  return [=](Point p) {
    const Point q = p - center;
    const double along = std::abs(dot(q, direction)) - half_length;
    const double across = std::abs(q.y * direction.x - q.x * direction.y) - half_width;
    return std::max(along, across);
  };
}

Shape ellipse(Point center, Point direction, double half_length, double half_width) {
  return [=](Point p) {
    const Point q = p - center;
    const Point local{dot(q, direction) / half_length,
                      (q.y * direction.x - q.x * direction.y) / half_width};
    const double inside = length(local);  // 1 on the edge
    const double slope = length({local.x / half_length, local.y / half_width});
    return slope > 0.0 ? inside * (inside - 1.0) / slope : -std::min(half_length, half_width);
  };
}

Shape stroke(Point from, Point to, double half_width) {
  const Point span = to - from;
  const double squared = std::max(1e-9, dot(span, span));
  return [=](Point p) {
    const double t = std::clamp(dot(p - from, span) / squared, 0.0, 1.0);
    return length(p - from - t * span) - half_width;
  };
}

Shape ring(Point center, double radius, double half_width) {
  return [=](Point p) { return std::abs(length(p - center) - radius) - half_width; };
}

double coverage(double distance) {
  return std::clamp(0.5 - distance, 0.0, 1.0);
}

void Canvas::paint(const Shape& shape, const Fill& fill, Point around, double reach) {
  const auto first = [](double v) { return std::max(0, static_cast<int>(std::floor(v))); };
  const auto last = [](double v, int size) {
    return std::min(size, static_cast<int>(std::floor(v)) + 1);
  };
  for (int y = first(around.y - reach); y < last(around.y + reach, height_); ++y) {
    for (int x = first(around.x - reach); x < last(around.x + reach, width_); ++x) {
      const Point p{x + 0.5, y + 0.5};
      const double share = coverage(shape(p));
      if (share > 0.0) {
        at(x, y) = mix(at(x, y), fill(p), share);
      }
    }
  }
}

void Canvas::paint(const Shape& shape, const Fill& fill) {
  paint(shape, fill, center(), std::max(width_, height_));
}

void Canvas::add_noise(Dice& dice, double levels) {
  for (Color& pixel : pixels_) {
    pixel.r += dice.between(-levels, levels);
    pixel.g += dice.between(-levels, levels);
    pixel.b += dice.between(-levels, levels);
  }
}

cv::Mat Canvas::image() const {
  cv::Mat image(height_, width_, CV_8UC3);
  const auto level = [](double value) {
    return static_cast<std::uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
  };
  std::transform(pixels_.begin(), pixels_.end(), image.begin<cv::Vec3b>(),
                 [&](const Color& c) { return cv::Vec3b(level(c.r), level(c.g), level(c.b)); });
  return image;
}

}  // namespace sr::tiny
