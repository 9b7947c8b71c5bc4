"""The pages of the documentation: every link leads somewhere, and the indexes name every page."""
import pathlib
import re
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PAGES = [*SOURCE.glob("*.md"), *SOURCE.glob("docs/**/*.md")]


def prose(page):
    return re.sub(r"```.*?```", "", page.read_text(), flags=re.S)


def anchors(page):
    """Of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.M)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def links(page):
    """(file, anchor) of every link within the source tree."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if not re.match(r"\w+:", target):
            name, _, anchor = target.partition("#")
            yield (page.parent / name).resolve() if name else page, anchor


class Documents(unittest.TestCase):
    def test_every_link_leads_somewhere(self):
        for page in PAGES:
            for file, anchor in links(page):
                with self.subTest(page=page.relative_to(SOURCE), to=file.name, anchor=anchor):
                    self.assertTrue(file.exists())
                    self.assertTrue(not anchor or anchor in anchors(file))

    def test_the_index_names_every_page(self):
        indexed = {file for file, _ in links(SOURCE / "docs/README.md")}
        pages = {page for page in (SOURCE / "docs").glob("*.md") if page.name != "README.md"}
        self.assertEqual(pages - indexed, set())

    def test_the_index_of_decisions_names_every_decision(self):
        index = SOURCE / "docs/decisions/README.md"
        indexed = {file for file, _ in links(index)}
        records = {record for record in index.parent.glob("*.md") if record != index}
        self.assertEqual(records - indexed, set())

    def test_every_configuration_names_its_schema_to_editors(self):
        for configuration in SOURCE.glob("configs/*.yml"):
            with self.subTest(configuration.name):
                first = configuration.read_text().splitlines()[0]
                self.assertEqual(first, "# yaml-language-server: $schema=sr-train.schema.json")


if __name__ == "__main__":
    unittest.main()
