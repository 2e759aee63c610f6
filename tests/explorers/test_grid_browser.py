"""A comparison as a grid: methods beside each other, the score in the cell, one key for a method at the same place."""
import pytest
import torch
from browser import Browser, need_browser, wait_for

from sep_toolkit.scores.comparison import compare
from sep_toolkit.sound.audio import Audio, Stems

SR, NAMES = 8000, ("voice", "drums", "bass", "other")


def tone(v, f):
    return Audio(v * torch.sin(torch.arange(2 * SR) * f / SR * 6.28)[None], SR)


@pytest.fixture(scope="module")
def table():
    truth = {n: tone(.2, 200 * (k + 1)) for k, n in enumerate(NAMES)}
    mix = sum(truth.values(), tone(0, 1))
    made = {name: Stems({n: Audio(a.samples + noise * torch.randn(1, 2 * SR, generator=torch.Generator().manual_seed(k)), SR)
                         for k, (n, a) in enumerate(truth.items())}, mix=mix)
            for name, noise in (("good", .01), ("bad", .1), ("worse", .3))}
    return compare(mix, made, truth, metrics=("si_sdr", "snr"))


def test_the_table_as_a_grid(table):
    player, grid = table.player(), table.grid()
    assert player.kind == "grid" and player.grid == grid and grid["rows"] == list(NAMES) and grid["columns"] == ["good", "bad", "worse"]
    cell = grid["cells"][1][0]
    assert cell["track"] in player.names and cell["scores"]["si_sdr"] == pytest.approx(table.loc[("good", "drums"), "si_sdr"], abs=1e-3)
    colors = {track["name"]: track["color"] for track in player.tracks}
    assert all(len({colors[c["track"]] for c in row}) == 1 for row in grid["cells"]), "a stem has one colour, whoever made it"
    assert len({colors[row[0]["track"]] for row in grid["cells"]}) == 4


def test_a_key_goes_to_another_method_at_the_same_place(table, tmp_path):
    need_browser()
    table.player().to_html(tmp_path / "grid.html")
    with Browser() as browser:
        page = browser.page((tmp_path / "grid.html").as_uri(), viewport={"width": 1024, "height": 768})
        page.wait_for_selector(".st-grid")
        assert page.locator(".st-player").bounding_box()["height"] <= 400 and page.locator(".st-track:visible").count() == 1
        cells = page.locator(".st-grid tbody .st-cell")
        assert cells.count() == 12 and page.locator(".st-best").count() == 4
        player, names = "document.querySelector('.st-player').player", table.player().names
        heard = f"[...{player}.solo].map(i => {player}.tracks[i].name)"
        assert page.evaluate(heard) == ["voice · good"]
        page.locator(".st-play").click()
        wait_for(page, f"{player}.session.engine?.position() > .05")
        page.evaluate(f"window.deck = {player}.session.engine.deck")
        went = (("3", "voice · worse"), ("ArrowDown", "drums · worse"), ("1", "drums · good"), ("0", "mixture"), ("0", "drums · good"))
        for key, want in went:
            page.keyboard.press(key)
            assert page.evaluate(heard) == [want] and want in names
            assert page.locator(".st-cell[aria-pressed=true]").count() == 1
        cells.nth(7).click()
        assert page.evaluate(heard) == ["bass · bad"] and page.evaluate(f"{player}.session.engine.deck === window.deck")
        page.get_by_label("Score in the cells").select_option(index=1)
        assert ", snr " in cells.first.get_attribute("aria-label")
        assert browser.errors == []
