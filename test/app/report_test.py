"""report.html in a browser: Chromium without a window, where it is installed."""
import json
import re
import shutil
import subprocess

from harness import Case, unittest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

BEFORE = """<script>
const probe = {errors: [], requests: []};
addEventListener("error", (e) => probe.errors.push(e.message), true);
addEventListener("securitypolicyviolation", (e) => probe.requests.push(e.blockedURI));
console.error = (...words) => probe.errors.push(words.join(" "));
</script>"""

AFTER = """<script>
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
probe.points = Object.fromEntries(all(".chart").map((c) => [c.querySelector("h3").textContent,
  all("path[data-points]", c).map((p) => +p.dataset.points)]));
probe.marks = all(".chart").map((c) => all(".mark", c).length)[0];
probe.tables = Object.fromEntries(all("h2").map((h) => [h.textContent, h.nextElementSibling ? all("tbody tr", h.nextElementSibling).length : 0]));
probe.letters = Math.min(...all(".chart text").map((t) => parseFloat(getComputedStyle(t).fontSize) * t.ownerSVGElement.getScreenCTM().a));
probe.tall = Math.max(0, ...all(".view").map((v) => v.clientHeight / innerHeight));
probe.wide = document.documentElement.scrollWidth - innerWidth;
const figure = document.querySelector("figure");
if (figure) {
  const [slider, zoom] = all("input[type=range]", figure), top = figure.querySelector(".top");
  const [left, right] = all("select", figure);
  const move = (input, value) => { input.value = value; input.dispatchEvent(new Event("input")); };
  probe.layers = all("option", left).map((o) => o.textContent);
  move(slider, 20);
  probe.clip = top.style.clipPath;
  probe.edge = figure.querySelector(".edge").style.left;
  probe.before = [left.selectedOptions[0].textContent, right.selectedOptions[0].textContent];
  const old = top.src;
  move(left, probe.layers.length - 1);
  probe.changed = old !== top.src;
  move(zoom, 4);
  probe.zoom = top.style.objectViewBox;
  probe.sizes = all("img", figure).map((i) => i.naturalWidth);
}
all(".switch button")[1].click();
probe.points_over_time = all("path[data-points]").length;
probe.requests.push(...performance.getEntriesByType("resource").map((e) => e.name).filter((n) => !n.startsWith("data:")));
const told = document.createElement("pre");
told.id = "probe";
told.textContent = JSON.stringify(probe);
document.body.append(told);
</script>"""


@unittest.skipUnless(BROWSER, "needs Chromium")
class Report(Case):
    def look_at(self, page, width=1400):
        """What the page's own scripts did, and what a reader would find."""
        text = page.read_text().replace("</title>", "</title>" + BEFORE, 1).replace("</body>", AFTER + "</body>", 1)
        probed = self.folder / "probed.html"
        probed.write_text(text)
        done = subprocess.run([BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={self.folder}/browser",
                               f"--window-size={width},1000", "--virtual-time-budget=5000", "--dump-dom", probed.as_uri()],
                              capture_output=True, text=True, timeout=200)
        found = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout, re.S)
        self.assertTrue(found, done.stdout[-2000:] + done.stderr[-2000:])
        probe = json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
        self.assertEqual(probe["errors"], [])
        self.assertEqual(probe["requests"], [])
        self.assertLessEqual(probe["wide"], 0)
        self.assertGreater(probe["letters"], 10)  # pixels
        self.assertLess(probe["tall"], 1)  # a picture is seen whole
        return probe

    def test_a_run_with_pictures(self):
        self.train(self.config(steps=12, save=12, val={"val_freq": 4, "save_img": True}))
        probe = self.look_at(self.experiment() / "report.html")
        progress = self.events(kind="progress")
        self.assertEqual(probe["points"]["loss (mean since the line before)"], [len(progress)] * len(progress[0]["losses"]))
        self.assertEqual(probe["points"]["learning rate"], [len(progress)])
        self.assertEqual(probe["points"]["tiny_val psnr"], [len(self.events(kind="validation"))])
        self.assertEqual(probe["layers"], ["LR, bicubic", "step 4", "step 8", "step 12", "GT"])
        self.assertEqual(probe["before"], ["LR, bicubic", "step 12"])
        self.assertEqual((probe["clip"], probe["edge"]), ("inset(0px 80% 0px 0px)", "20%"))
        self.assertTrue(probe["changed"])
        self.assertIn("inset(", probe["zoom"])
        self.assertEqual(len(set(probe["sizes"])), 1)
        self.assertGreater(probe["sizes"][0], 0)
        self.look_at(self.experiment() / "report.html", width=400)

    def test_a_long_run_is_a_small_page_with_all_of_its_events(self):
        self.train(self.config(steps=2, save=2, val={"val_enabled": False}))
        events = self.experiment() / "events.jsonl"
        lines = [json.loads(line) for line in events.read_text().splitlines()]
        start = next(line for line in lines if line["event"] == "start")
        progress = next(line for line in lines if line["event"] == "progress")
        with events.open("w") as file:
            file.write(json.dumps(start) + "\n")
            for step in range(1, 5001):
                file.write(json.dumps({**progress, "step": step, "elapsed_s": step * 0.5}) + "\n")
                if step % 50 == 0:
                    file.write(json.dumps({"event": "size_decision", "step": step, "elapsed_s": step * 0.5, "action": "grow",
                                           "from": {"lq_size": 16, "batch_size": 4}, "to": {"lq_size": 20, "batch_size": 4},
                                           "reason": "memory below the band"}) + "\n")
        self.run_program("report", self.experiment())
        page = self.experiment() / "report.html"
        self.assertLess(page.stat().st_size, 2_000_000)
        probe = self.look_at(page)
        self.assertEqual(probe["points"]["learning rate"], [5000])
        self.assertEqual(probe["marks"], 100)
        self.assertEqual(probe["tables"]["Decisions"], 100)


if __name__ == "__main__":
    unittest.main()
