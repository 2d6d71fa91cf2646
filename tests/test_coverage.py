"""The table of what the articles name: every key, figure and scenario in it exists, and no name is missing."""

import re
from pathlib import Path

import pytest

from sim.articles.figures import read_figures
from sim.base.label import LABEL
from sim.base.places import scenario_folder
from sim.scenario.load import load, shipped

SEEDS = Path(__file__).resolve().parent.parent.parent / "shared" / "seeds"
TEXT = (scenario_folder() / "COVERAGE.md").read_text(encoding="utf-8")
HEADINGS = ["named", "articles", "key", "scenarios"]
ROWS = [
    cells
    for line in TEXT.splitlines()
    if line.startswith("|") and set(line) - set("| -")
    if (cells := [cell.strip() for cell in line.strip("|").split("|")]) != HEADINGS
]
SCENARIOS = {scenario.name for scenario in shipped()}
LEFT_OUT = re.compile(r"left out( [a-z ]+)?, because \w")

# Every proper name of the articles, as printed there.
NAMES = """
A100, AI+, AMEC, AP News, ASML, Alibaba, Applied Materials, Ascend, Baidu, Beijing, Biden, ByteDance, CANN, CUDA, CXMT,
California, Cambricon, Cambricon-1A, Changjiang Securities, Chen Tianshi, Chen Yunji, China, CloudMatrix, CoreWeave, Datong,
DeepSeek, Delaware, Eric Xu Yong, GPU, H100, H20, HBM, Huawei, Hygon, Independent, Lam Research, MediaTek, Micron, NAND,
NVL72, Naura, Nvidia, 910C, SK Hynix, SMIC, SSE 50, Samsung, Santa Clara, Shanghai, Shanxi, Siyuan 590, Siyuan 690,
South China Morning Post, Star Market, SuperPoD, TMSC, TSMC, Tencent, TikTok, TrendForce, Two Sessions, UK, U.S., Washington
""".replace("\n", " ").strip()
# Words with a capital letter that name nothing: beginnings of sentences, headings, months, and currencies.
ORDINARY = set(
    re.findall(
        r"\S+",
        """
A AI Accelerator After Alternate American Amid Any Applied April Are As Below Beyond By CNY Challenges Chinese Common
Companies Corporation Curious Despite Developers Developments Do Dr Early Energy First For Founded From Furthermore GPUs Giants
Geopolitical Global Go He Heavy High Bandwidth Memory How However In Index Inevitable Inventory It Its January Latest
Leadership Changes March Markets May Mean Meanwhile Metropolis More Most Nearly Nevertheless November October On Previously
Profitability Progress Rapid Recent References RMB Run Second So Software Some Starting Still Tech Technologies Tensions
That The Their These Third This Though Today Two US Via What Whereas Whether With You Affecting And
""",
    )
)


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def exists(key: str, scenario: str) -> bool:
    """Whether the scenario has that key, or keys below it."""
    return any(known == key or known.startswith(f"{key}.") for known in load(scenario).parameters)


def named(name: str) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", cells[0]) for cells in ROWS)


def test_the_table_is_labelled_and_has_four_columns():
    assert LABEL in TEXT
    assert len(ROWS) > 60
    assert all(len(cells) == len(HEADINGS) for cells in ROWS), [c for c in ROWS if len(c) != len(HEADINGS)]


@pytest.mark.parametrize("cells", ROWS, ids=lambda cells: cells[0][:40])
def test_every_key_figure_and_scenario_of_a_row_exists(cells):
    name, articles, key, scenarios = cells
    assert name
    assert re.fullmatch(r"00[0-4](-00[0-4])?(, 00[0-4])*", articles)
    assert set(quoted(scenarios)) <= SCENARIOS
    keys = [text for text in quoted(key) if not text.startswith("figures: ") and text not in read_figures()]
    figures = [text.removeprefix("figures: ") for text in quoted(key) if text.startswith("figures: ")]
    assert set(figures) <= set(read_figures())
    for each in keys:
        assert any(exists(each, scenario) for scenario in ["baseline", *quoted(scenarios)]), each
    if "left out" in key:
        assert LEFT_OUT.search(key), "what is left out says why"
        assert not scenarios
    else:
        assert keys or figures
        assert quoted(scenarios)


def test_every_figure_of_the_ledger_has_a_place():
    assert {text for cells in ROWS for text in re.findall(r"`figures: ([^`]+)`", cells[2])} == set(read_figures())


def test_every_shipped_scenario_exercises_something():
    assert {name for cells in ROWS for name in quoted(cells[3])} == SCENARIOS


@pytest.mark.parametrize("name", NAMES.split(", "))
def test_every_name_is_in_the_table(name):
    assert named(name.replace("U.S.", "U.S")), name


def test_the_list_of_names_leaves_no_name_of_the_articles_out():
    texts = {path.name[:3]: path.read_text(encoding="utf-8") for path in SEEDS.glob("*.txt")}
    if len(texts) < 5:
        pytest.skip("the articles are not distributed; the names are held against them only where they are")
    whole = "\n".join(texts.values())
    for name in NAMES.split(", "):
        assert name in whole, name
    known = {part for name in NAMES.split(", ") for part in re.split(r"[ .]", name)} | ORDINARY
    found = re.findall(r"(?<![\w.])(?:[A-Z]|\d+(?=[A-Z]))[A-Za-z0-9+-]*", re.sub(r"RMB[\d.]+", "", whole))
    parts = {word.rstrip("-") for word in found} - known
    assert not {word for word in parts if not set(word.split("-")) <= known | {"based", "rate"}}
