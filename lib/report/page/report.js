"use strict";
// Draws the page from the data in #data: {runs: [{name, start, progress, validations, ...}]}. No request leaves the page.
const runs = JSON.parse(document.getElementById("data").textContent).runs;
const kSvg = "http://www.w3.org/2000/svg";
const kHeight = 190, kLeft = 54, kRight = 10, kTop = 8, kBottom = 22;
// Of a chart, in pixels of the page, so that its words have their size on a phone too.
const fitting_width = () => Math.min(640, Math.max(240, document.getElementById("charts").clientWidth - 22));
let axis = "step", width = fitting_width();

const el = (name, attributes = {}, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};
const svg = (name, attributes) => {
  const node = document.createElementNS(kSvg, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};
const color = (i) => `var(--c${i % 6})`;
const short = (v) => {
  if (v === null || v === undefined) return "-";
  const a = Math.abs(v);
  if (a !== 0 && (a < 1e-3 || a >= 1e6)) return v.toExponential(2);
  return Number.isInteger(v) ? v.toLocaleString("en") : String(+v.toPrecision(4));
};
const duration = (s) => {
  const h = Math.floor(s / 3600), m = Math.floor(s % 3600 / 60);
  return h ? `${h} h ${m} min` : m ? `${m} min ${Math.floor(s % 60)} s` : `${(+s).toFixed(1)} s`;
};
const x_of = (event) => axis === "step" ? event.step : event.seconds;
const x_text = (v) => axis === "step" ? short(v) : duration(v);

// Series of all runs: {label, color, step, points: [{x, y}]}; with one run a series is a name, with more it is a run.
function series(list, names_of, value_of, stepped = false) {
  const result = [];
  runs.forEach((run, r) => {
    const names = [...new Set(run[list].flatMap(names_of))];
    names.forEach((name, n) => {
      const points = run[list].map((e) => ({x: x_of(e), y: value_of(e, name), event: e}))
          .filter((p) => p.y !== null && p.y !== undefined);
      result.push({label: runs.length > 1 ? `${run.name} ${name}` : name, color: color(runs.length > 1 ? r : n),
                   dash: runs.length > 1 && n ? "4 3" : "", points, stepped});
    });
  });
  return result;
}

function ticks(low, high, count = 4) {
  if (!(high > low)) return [low];
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((f) => f * power).find((s) => s >= raw);
  const result = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step * 1e-9; v += step) result.push(v);
  return result;
}

// Not Math.max(...values): a browser takes some 100,000 arguments, a long run has more points.
const largest = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
const smallest = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);

function chart(title, lines, {log = false, band = null, zero = false, marks = []} = {}) {
  lines = lines.filter((line) => line.points.length);
  if (!lines.length) return null;
  const all = lines.flatMap((line) => line.points).filter((p) => !log || p.y > 0);
  if (!all.length) return null;
  const scale = log ? Math.log10 : (v) => v;
  const everything = runs.flatMap((run) => [...run.progress, ...run.validations, ...run.decisions, ...run.ooms].map(x_of));
  const x0 = 0, x1 = Math.max(1e-9, largest(everything));
  const heights = all.map((p) => scale(p.y));
  let y0 = smallest(heights), y1 = largest(heights);
  if (band) { y0 = Math.min(y0, band[0]); y1 = Math.max(y1, band[1]); }
  if (zero) y0 = Math.min(0, y0);
  if (y1 - y0 < 1e-12) { y0 -= Math.abs(y0) * .05 || .5; y1 += Math.abs(y1) * .05 || .5; }
  const pad = (y1 - y0) * .06; y1 += pad; if (!zero) y0 -= pad;
  const px = (x) => kLeft + (x - x0) / (x1 - x0) * (width - kLeft - kRight);
  const py = (y) => kHeight - kBottom - (y - y0) / (y1 - y0) * (kHeight - kTop - kBottom);
  const image = svg("svg", {viewBox: `0 0 ${width} ${kHeight}`, role: "img", "aria-label": title});
  if (band) image.append(svg("rect", {x: kLeft, width: width - kLeft - kRight, y: py(band[1]), height: py(band[0]) - py(band[1]), fill: "var(--band)"}));
  for (const v of ticks(y0, y1)) {
    image.append(svg("line", {x1: kLeft, x2: width - kRight, y1: py(v), y2: py(v), stroke: "var(--line)"}));
    const text = svg("text", {x: kLeft - 5, y: py(v) + 4, "text-anchor": "end"});
    text.textContent = short(log ? +(10 ** v).toPrecision(3) : +v.toPrecision(6));
    image.append(text);
  }
  for (const v of ticks(x0, x1, width < 480 ? 3 : 5)) {
    const text = svg("text", {x: px(v), y: kHeight - 6, "text-anchor": "middle"});
    text.textContent = x_text(v);
    image.append(text);
  }
  for (const mark of marks) {
    const line = svg("line", {x1: px(x_of(mark)), x2: px(x_of(mark)), y1: kTop, y2: kHeight - kBottom,
      stroke: mark.bad ? "var(--bad)" : "var(--soft)", "stroke-dasharray": mark.bad ? "" : "2 3", class: "mark"});
    const tip = svg("title", {});
    tip.textContent = mark.text;
    line.append(tip);
    image.append(line);
  }
  for (const line of lines) {
    let path = "";
    line.points.forEach((p, i) => {
      if (log && !(p.y > 0)) return;
      const x = px(p.x), y = py(scale(p.y));
      path += path === "" ? `M${x.toFixed(1)} ${y.toFixed(1)}` : (line.stepped ? `H${x.toFixed(1)}V${y.toFixed(1)}` : `L${x.toFixed(1)} ${y.toFixed(1)}`);
    });
    image.append(svg("path", {d: path, fill: "none", stroke: line.color, "stroke-width": 1.6, "stroke-dasharray": line.dash || "", "data-points": line.points.length}));
    if (line.points.length === 1) image.append(svg("circle", {cx: px(line.points[0].x), cy: py(scale(line.points[0].y)), r: 3, fill: line.color}));
  }
  const legend = el("div", {class: "legend"});
  const tell = (x) => {
    legend.replaceChildren(...lines.map((line) => {
      const near = line.points.reduce((a, b) => Math.abs(b.x - x) < Math.abs(a.x - x) ? b : a);
      return el("span", {}, el("i", {style: `background:${line.color}`}), `${line.label} ${short(near.y)}`);
    }));
  };
  image.addEventListener("pointermove", (e) => {
    const box = image.getBoundingClientRect();
    const at = (e.clientX - box.left) / box.width * width;
    tell(x0 + (at - kLeft) / (width - kLeft - kRight) * (x1 - x0));
  });
  image.addEventListener("pointerleave", () => tell(x1));
  tell(x1);
  return el("div", {class: "chart"}, el("h3", {}, title), image, legend);
}

function draw() {
  const marks = runs.flatMap((run) => [
    ...run.decisions.filter((d) => d.action !== "hold").map((d) => ({...d, text: `step ${d.step}: ${d.text}`})),
    ...run.ooms.map((o) => ({...o, bad: true, text: `step ${o.step}: ${o.text}`}))]);
  const metrics = [...new Set(runs.flatMap((run) => run.validations.flatMap((v) => Object.keys(v.metrics).map((m) => `${v.dataset} ${m}`))))];
  const band = runs.length === 1 ? runs[0].band : null;
  document.getElementById("charts").replaceChildren(...[
    chart("loss (mean since the line before)", series("progress", (e) => Object.keys(e.losses), (e, n) => e.losses[n]), {marks}),
    ...metrics.map((m) => chart(m, series("validations",
      (v) => Object.keys(v.metrics).filter((n) => `${v.dataset} ${n}` === m), (v, n) => `${v.dataset} ${n}` === m ? v.metrics[n] : null))),
    chart("learning rate", series("progress", () => ["lr"], (e) => e.lr, true), {log: true}),
    chart("lq_size, pixels", series("progress", () => ["lq_size"], (e) => e.lq_size, true), {marks, zero: true}),
    chart("batch_size", series("progress", () => ["batch_size"], (e) => e.batch_size, true), {marks, zero: true}),
    chart("memory, share of the device or the limit", series("progress", () => ["peak"], (e) => e.memory_usage), {marks, band, zero: true}),
    chart("time of a step and wait for data, ms", series("progress", () => ["step", "data wait"], (e, n) => n === "step" ? e.step_ms : e.data_wait_ms), {zero: true}),
  ].filter(Boolean));
}

function table(head, rows) {
  const cell = (name, value) => {
    const numeric = typeof value === "number";
    return el(name, numeric ? {class: "n"} : {}, numeric ? short(value) : String(value ?? "-"));
  };
  return el("div", {class: "scroll"}, el("table", {}, el("thead", {}, el("tr", {}, ...head.map((h) => el("th", {}, h)))),
    el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((v) => cell("td", v)))))));
}

function section(title, ...content) {
  document.getElementById("rest").append(el("h2", {}, title), ...content);
}

// The last that is known of it; a run reports its progress every so many steps.
const last_step = (run) => run.end?.step ?? run.progress.at(-1)?.step;

function facts(run) {
  const last = run.progress.at(-1), step = last_step(run);
  const items = [["step", step === undefined ? "-" : short(step) + (run.total_iter ? ` of ${short(run.total_iter)}` : "")],
    ["network", run.network], ["parameters", short(run.parameters)], ["device", run.device],
    ["time", duration(run.seconds)], ["size", last ? `lq ${last.lq_size} x ${last.batch_size}` : "-"],
    ["out of memory", String(run.ooms.length)], ["state", run.end ? run.end.reason : "running"]];
  if (run.best) items.unshift([`best ${run.best.name}`, `${short(run.best.value)} at ${short(run.best.step)}`]);
  return el("div", {class: "facts"}, ...items.map(([name, value]) => el("div", {}, el("span", {}, name), el("b", {}, value))));
}

// One validation image: what is left of the edge over what is right of it, with zoom.
function picture(item) {
  const layers = [...(item.lr ? [["LR, bicubic", item.lr]] : []), ...item.outputs.map((o) => [`step ${short(o.step)}`, o.src]),
    ...(item.gt ? [["GT", item.gt]] : [])];
  const choose = (index) => {
    const select = el("select", {}, ...layers.map(([name], i) => el("option", {value: i}, name)));
    select.value = index;
    return select;
  };
  const left = choose(layers.length > 2 && item.lr ? 0 : Math.max(0, layers.length - 2)), right = choose(Math.max(0, layers.length - 1 - (item.gt && layers.length > 2 ? 1 : 0)));
  const under = el("img", {class: "layer", alt: ""}), over = el("img", {class: "layer top", alt: ""}), edge = el("div", {class: "edge"});
  const view = el("div", {class: "view"}, under, over, edge);
  const slider = el("input", {type: "range", min: 0, max: 100, value: 50, "aria-label": "edge"});
  const zoom = el("input", {type: "range", min: 1, max: 8, step: 1, value: 1, "aria-label": "zoom"});
  let focus = [50, 50];
  const update = () => {
    under.src = layers[right.value][1];
    over.src = layers[left.value][1];
    over.style.clipPath = `inset(0 ${100 - slider.value}% 0 0)`;
    edge.style.left = `${slider.value}%`;
    for (const image of [under, over]) {
      image.style.objectFit = "cover";
      image.style.objectViewBox = zoom.value > 1 ? `inset(${((1 - 1 / zoom.value) * focus[1]).toFixed(2)}% ${((1 - 1 / zoom.value) * (100 - focus[0])).toFixed(2)}% ${((1 - 1 / zoom.value) * (100 - focus[1])).toFixed(2)}% ${((1 - 1 / zoom.value) * focus[0]).toFixed(2)}%)` : "none";
    }
  };
  for (const input of [slider, zoom, left, right]) input.addEventListener("input", update);
  view.addEventListener("click", (e) => {
    const box = view.getBoundingClientRect();
    focus = [(e.clientX - box.left) / box.width * 100, (e.clientY - box.top) / box.height * 100];
    update();
  });
  update();
  return el("figure", {}, view, el("figcaption", {}, el("b", {}, `${item.set} / ${item.image}`),
    el("label", {}, "left ", left), slider, el("label", {}, "right ", right), el("label", {class: "zoom"}, "zoom ", zoom)));
}

const many = runs.length > 1;
document.getElementById("title").textContent = many ? `${runs.length} runs` : runs[0].name;
for (const run of runs) {
  if (many) document.getElementById("facts").append(el("h2", {}, run.name));
  document.getElementById("facts").append(facts(run));
}
if (many) {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.final)))];
  document.getElementById("facts").append(el("h2", {}, "last scores"),
    table(["run", ...names, "steps", "time"], runs.map((run) => [run.name, ...names.map((n) => run.final[n]), last_step(run), duration(run.seconds)])));
}
for (const button of document.querySelectorAll(".switch button")) {
  button.addEventListener("click", () => {
    axis = button.dataset.axis;
    for (const other of document.querySelectorAll(".switch button")) other.setAttribute("aria-pressed", String(other === button));
    draw();
  });
}
addEventListener("resize", () => {
  if (width === fitting_width()) return;
  width = fitting_width();
  draw();
});
draw();
for (const run of runs) {
  const of = many ? ` (${run.name})` : "";
  if (run.pictures.length) section(`Validation images${of}`, el("div", {class: "pictures"}, ...run.pictures.map(picture)));
  const told = [...run.decisions.map((d) => [d.step, d.action, d.text]), ...run.ooms.map((o) => [o.step, "out of memory", o.text])].sort((a, b) => a[0] - b[0]);
  if (told.length) section(`Decisions${of}`, table(["step", "what", "why"], told));
  if (run.warnings.length) section(`Warnings${of}`, table(["step", "message"], run.warnings.map((w) => [w.step, w.message])));
  section(`Configuration${of}`, el("details", {}, el("summary", {}, "resolved config.yml"), el("pre", {}, run.config)),
    el("p", {class: "soft"}, "To repeat the run: save this as repeat.yml and start"), el("pre", {}, `sr-train --config repeat.yml   # ${run.version}`));
}
