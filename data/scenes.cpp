#include "scenes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "canvas.h"
#include "fills.h"

namespace sr::tiny {
namespace {

// Letters as straight strokes x y x y on a grid 4 wide and 6 high.
constexpr std::array<std::string_view, 22> kLetters = {
    "0620 2046 1434",                                          // A
    "0006 0030 3041 4142 4233 0333 3344 4445 4536 3606",       // B
    "4130 3010 1001 0105 0516 1636 3645",                      // C
    "0006 0030 3041 4145 4536 3606",                           // D
    "0006 0040 0333 0646",                                     // E
    "0006 0040 0333",                                          // F
    "0006 4046 0343",                                          // H
    "2026 1030 1636",                                          // I
    "0006 0340 0346",                                          // K
    "0006 0646",                                               // L
    "0600 0023 2340 4046",                                     // M
    "0600 0046 4640",                                          // N
    "1030 3041 4145 4536 3616 1605 0501 0110",                 // O
    "0006 0030 3041 4142 4233 3303",                           // P
    "0006 0030 3041 4142 4233 3303 2346",                      // R
    "4130 3010 1001 0102 0213 1333 3344 4445 4536 3616 1605",  // S
    "0040 2026",                                               // T
    "0026 2640",                                               // V
    "0016 1623 2336 3640",                                     // W
    "0046 4006",                                               // X
    "0023 4023 2326",                                          // Y
    "0040 4006 0646",                                          // Z
};

/// Where and how large text is written: `unit` pixels a grid step, along a direction.
struct Pen {
  Point origin;
  Point direction;
  double unit = 1.0;
  double half_width = 0.5;

  Point place(double x, double y) const {
    const Point down{-direction.y, direction.x};
    return origin + (unit * x) * direction + (unit * y) * down;
  }
};

void write_letter(Canvas& canvas, const Pen& pen, double column, std::string_view letter,
                  const Fill& ink) {
  for (std::size_t i = 0; i + 4 <= letter.size(); i += 5) {
    const auto digit = [&](std::size_t k) { return static_cast<double>(letter[i + k] - '0'); };
    const Point from = pen.place(column + digit(0), digit(1));
    const Point to = pen.place(column + digit(2), digit(3));
    const double reach = length(to - from) + pen.half_width + 1.0;
    canvas.paint(stroke(from, to, pen.half_width), ink, from, reach);
  }
}

void write_line(Canvas& canvas, Dice& dice, const Pen& pen, double width, const Fill& ink) {
  constexpr double kAdvance = 6.0;
  for (double column = 0.0; (column + kAdvance) * pen.unit < width; column += kAdvance) {
    if (dice.chance(0.15)) {
      continue;  // space between words
    }
    const int letter = dice.integer(0, static_cast<int>(kLetters.size()) - 1);
    write_letter(canvas, pen, column, kLetters[static_cast<std::size_t>(letter)], ink);
  }
}

void paint_background(Canvas& canvas, Dice& dice) {
  const Color first = dice.color();
  const Color second = dice.color();
  const Fill sky = gradient(first, second, canvas.center(), dice.direction(), canvas.height());
  const auto seed = static_cast<std::uint64_t>(dice.integer(0, 1 << 20));
  canvas.paint(everything(), rough(sky, seed, 40.0, 2, dice.between(0.0, 12.0)));
}

Point anywhere(Canvas& canvas, Dice& dice) {
  const double x = dice.between(0.0, canvas.width());
  return {x, dice.between(0.0, canvas.height())};
}

void paint_shapes(Canvas& canvas, Dice& dice) {
  const int count = dice.integer(5, 8);
  for (int i = 0; i < count; ++i) {
    const Point at = anywhere(canvas, dice);
    const Point direction = dice.direction();
    const double a = dice.between(18.0, 60.0);
    const double b = dice.between(12.0, 40.0);
    const Shape shape =
        dice.chance(0.5) ? rectangle(at, direction, a, b) : ellipse(at, direction, a, b);
    canvas.paint(shape, any_fill(dice, at));
  }
}

void paint_text(Canvas& canvas, Dice& dice) {
  const Point at = anywhere(canvas, dice);
  const bool dark = dice.chance(0.6);
  const Color paper = dark ? Color{225, 220, 210} : Color{40, 45, 60};
  const Fill ink = solid(dark ? Color{30, 28, 35} : Color{230, 225, 200});
  const Point direction = dice.chance(0.4) ? Point{1.0, 0.0} : dice.direction();
  const double width = dice.between(100.0, 150.0);
  const double height = dice.between(60.0, 90.0);
  canvas.paint(rectangle(at, direction, width / 2.0, height / 2.0), solid(paper));
  Pen pen{{}, direction};
  const Point down{-direction.y, direction.x};
  double y = 5.0;
  while (y < height - 10.0) {
    pen.unit = dice.between(0.9, 2.2);
    pen.half_width = dice.between(0.28, 0.45) * pen.unit;
    pen.origin = at - (width / 2.0 - 5.0) * direction + (y - height / 2.0) * down;
    write_line(canvas, dice, pen, width - 10.0, ink);
    y += 8.5 * pen.unit;
  }
}

// A facade: floors of windows with frames, seen under an angle.
void paint_facade(Canvas& canvas, Dice& dice) {
  const Point direction = dice.direction();
  const Point down{-direction.y, direction.x};
  const Point origin = anywhere(canvas, dice);
  const double step_x = dice.between(11.0, 20.0);
  const double step_y = dice.between(12.0, 24.0);
  const Color frame = dice.color();
  const Color glass = dice.color();
  const Color wall = dice.color();
  const int columns = dice.integer(4, 7);
  const int floors = dice.integer(3, 6);
  canvas.paint(
      rectangle(origin, direction, (columns + 0.7) * step_x / 2.0, (floors + 0.7) * step_y / 2.0),
      bricks(solid(wall), mix(wall, {20, 20, 20}, 0.3), direction, 4.0, 0.8));
  for (int row = 0; row < floors; ++row) {
    for (int column = 0; column < columns; ++column) {
      const Point at = origin + ((column - (columns - 1) / 2.0) * step_x) * direction +
                       ((row - (floors - 1) / 2.0) * step_y) * down;
      const double half_x = 0.3 * step_x;
      const double half_y = 0.34 * step_y;
      const Color pane = mix(glass, {250, 250, 250}, dice.between(0.0, 0.5));
      canvas.paint(rectangle(at, direction, half_x + 1.2, half_y + 1.2), solid(frame), at, 30.0);
      canvas.paint(rectangle(at, direction, half_x, half_y), solid(pane), at, 30.0);
      canvas.paint(rectangle(at, direction, 0.5, half_y), solid(frame), at, 30.0);
      canvas.paint(rectangle(at, direction, half_x, 0.5), solid(frame), at, 30.0);
    }
  }
}

void paint_leaves(Canvas& canvas, Dice& dice) {
  const Point middle = anywhere(canvas, dice);
  const double spread = dice.between(40.0, 70.0);
  const Color green{dice.between(30.0, 110.0), dice.between(90.0, 160.0), dice.between(20.0, 80.0)};
  for (int i = 0; i < 260; ++i) {
    const double distance = spread * std::sqrt(dice.between(0.0, 1.0));
    const Point at = middle + distance * dice.direction();
    const Point direction = dice.direction();
    const double half_length = dice.between(3.0, 9.0);
    const double light = dice.between(-0.5, 0.5);
    const Color tone =
        mix(green, light < 0.0 ? Color{10, 25, 10} : Color{220, 235, 150}, std::abs(light));
    canvas.paint(ellipse(at, direction, half_length, 0.4 * half_length), solid(tone), at, 12.0);
    canvas.paint(stroke(at - half_length * direction, at + half_length * direction, 0.25),
                 solid(mix(tone, {235, 240, 200}, 0.5)), at, 12.0);
  }
}

// Spokes and rings: every angle and a range of frequencies.
void paint_wheel(Canvas& canvas, Dice& dice) {
  const Point middle = anywhere(canvas, dice);
  const double radius = dice.between(35.0, 60.0);
  const Color light = dice.color();
  const Fill dark = solid(mix(light, {0, 0, 0}, 0.75));
  canvas.paint(ellipse(middle, {1.0, 0.0}, radius, radius), solid(light));
  for (int i = 0; i < 28; ++i) {
    const double half_width = dice.between(0.3, 0.9);
    canvas.paint(stroke(middle, middle + radius * dice.direction(), half_width), dark);
  }
  double gap = dice.between(2.5, 4.0);
  double r = radius;
  while (r > 8.0) {
    canvas.paint(ring(middle, r, 0.3 * gap), dark);
    gap *= 1.25;
    r -= gap;
  }
}

void paint_wires(Canvas& canvas, Dice& dice) {
  const Point direction = dice.direction();
  const Fill ink = solid(dice.color());
  for (int i = 0; i < 9; ++i) {
    const Point at = anywhere(canvas, dice);
    const Point lean = direction + dice.between(-0.25, 0.25) * Point{-direction.y, direction.x};
    canvas.paint(stroke(at - 200.0 * lean, at + 200.0 * lean, dice.between(0.3, 1.2)), ink);
  }
}

using Painter = void (*)(Canvas&, Dice&);
constexpr std::array<Painter, 5> kSubjects = {paint_text, paint_facade, paint_leaves, paint_wheel,
                                              paint_wires};

}  // namespace

std::vector<Scene> scenes() {
  constexpr int kTrain = 24;
  constexpr int kVal = 4;
  std::vector<Scene> all;
  for (int i = 0; i < kTrain; ++i) {
    all.push_back(
        {"train", fmt::format("train_{:02}", i + 1), 132 + 12 * (i % 4), 168 - 12 * (i % 3), i});
  }
  for (int i = 0; i < kVal; ++i) {
    all.push_back({"val", fmt::format("val_{:02}", i + 1), 192, 144, kTrain + i});
  }
  return all;
}

cv::Mat draw(const Scene& scene) {
  Dice dice(0x7a11 + static_cast<std::uint64_t>(scene.index));
  Canvas canvas(scene.width, scene.height);
  paint_background(canvas, dice);
  paint_shapes(canvas, dice);
  const auto subjects = static_cast<int>(kSubjects.size());
  kSubjects[static_cast<std::size_t>((scene.index + dice.integer(1, subjects - 1)) % subjects)](
      canvas, dice);
  kSubjects[static_cast<std::size_t>(scene.index % subjects)](canvas, dice);
  canvas.add_noise(dice, scene.index % 2 == 0 ? 0.0 : 1.5);
  return canvas.image();
}

}  // namespace sr::tiny
