"""Registry: what a fetch may do, against a server that misbehaves in every way we know. No outside network."""
import contextlib
import functools
import hashlib
import http.server
import io
import json
import os
import socket
import stat
import subprocess
import sys
import threading
import zipfile
from importlib import resources
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from sep_toolkit import core
from sep_toolkit.sound import downloads, registry
from sep_toolkit.sound.files import load
from sep_toolkit.core import DataError, SepError
from sep_toolkit.sound.registry import catalogue, download, entries, Entry, fetch, is_key, resolve, split_key, unzip

BODY = bytes(np.random.default_rng(0).integers(0, 256, 700_000, dtype=np.uint8))
RIGHT = hashlib.sha256(BODY).hexdigest()
MD5 = hashlib.md5(BODY).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    "One path, one way to misbehave; `server.log` keeps what was asked."
    protocol_version = "HTTP/1.1"

    def log_message(self, *a): pass

    def reply(self, body, code=200, promise=None, **headers):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body) if promise is None else promise))
        for k, v in headers.items():
            self.send_header(k.replace("_", "-"), v)
        self.end_headers()
        self.wfile.write(body)
        if promise is not None and promise > len(body):
            self.close_connection = True

    def ranged(self, body, cut=None, etag='"one"', **more):
        asked = self.headers.get("Range")
        same = self.headers.get("If-Range") in (None, etag)
        start = int(asked[6:-1]) if asked and same else 0
        if start >= len(body):
            return self.reply(b"", 416)
        rest = body[start:]
        send = rest[:cut] if cut else rest
        extra = {"Content_Range": f"bytes {start}-{len(body) - 1}/{len(body)}"} if start else {}
        self.reply(send, 206 if start else 200, promise=len(rest), ETag=etag, **extra, **more)

    def do_GET(self):
        s, path = self.server, unquote(urlsplit(self.path).path)
        s.log.append((path, self.headers.get("Range"), self.headers.get("If-Range")))
        n = sum(p == path for p, *_ in s.log)
        if path in s.files: return self.reply(s.files[path])
        if path == "/good": return self.ranged(BODY)
        if path == "/breaks": return self.ranged(BODY, cut=300_000)
        some = BODY[:300_000] if n == 1 else BODY
        if path == "/no-etag-breaks": return self.reply(some, promise=len(BODY))
        if path == "/ignores-range": return self.reply(some, promise=len(BODY), ETag='"x"')
        if path == "/changes":
            return self.ranged(BODY if n == 1 else BODY[::-1], cut=300_000 if n == 1 else None, etag=f'"{n}"')
        if path == "/lies-about-range":
            if n == 1: return self.reply(BODY[:300_000], promise=len(BODY), ETag='"x"')
            return self.reply(BODY[:400_000], 206, ETag='"x"', Content_Range=f"bytes 0-399999/{len(BODY)}")
        if path == "/wrong": return self.reply(BODY[:-1] + b"!")
        if path == "/416": return self.reply(b"", 416)
        if path.startswith("/says/"): return self.reply(b"", int(path[6:9]))
        if path == "/no-length":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(BODY)
            self.close_connection = True
            return
        if path == "/bad-chunks":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"2710\r\n" + BODY[:5000])
            self.close_connection = True
            return
        if path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(bytes(1 << 16))
            except OSError:
                self.close_connection = True
            return
        if path == "/other-etag":  # goes on as if nothing had happened, with another file
            body = BODY if n == 1 else BODY[::-1]
            if n == 1: return self.reply(body[:300_000], promise=len(body), ETag='"1"')
            if not self.headers.get("Range"): return self.reply(body, ETag='"2"')
            return self.reply(body[300_000:], 206, ETag='"2"', Content_Range=f"bytes 300000-{len(body) - 1}/{len(body)}")
        if path == "/other-length":  # the tag stays the same, and the file is shorter
            body = BODY if n == 1 else BODY[::-1][:500_000]
            if n == 1: return self.reply(body[:300_000], promise=len(body), ETag='"1"')
            if not self.headers.get("Range"): return self.reply(body, ETag='"1"')
            return self.reply(body[300_000:], 206, ETag='"1"', Content_Range=f"bytes 300000-{len(body) - 1}/{len(body)}")
        if path == "/fewer":  # the rest comes in pieces that stop before the end
            start = int(self.headers["Range"][6:-1]) if self.headers.get("Range") else 0
            stop = min(start + 300_000, len(BODY))
            if not start: return self.reply(BODY[:stop], promise=len(BODY), ETag='"1"')
            total = "*" if n > 3 else len(BODY)
            return self.reply(BODY[start:stop], 206, ETag='"1"', Content_Range=f"bytes {start}-{stop - 1}/{total}")
        if path == "/odd/status":
            self.wfile.write(b"nonsense\r\n\r\n")
            self.close_connection = True
            return None
        if path == "/odd/chunk":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")
            self.close_connection = True
            return None
        if path == "/odd/length":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\nConnection: close\r\n\r\nhello")
            self.close_connection = True
            return None
        if path == "/odd/nothing":
            self.close_connection = True
            return None
        if path == "/odd/location": return self.reply(b"", 302, Location="http://a b:c/\x7f")
        if path == "/odd/headers":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n"*1000 + b"\r\n")
            self.close_connection = True
            return None
        if path == "/odd/206": return self.reply(b"x", 206, Content_Range="bytes 0-0/100")
        if path == "/huge": return self.reply(b"x", promise=10 ** 12)
        if path.startswith("/to/"): return self.reply(b"", 302, Location=path[4:])
        if path == "/loop": return self.reply(b"", 302, Location="/loop")
        if path == "/html": return self.reply(b"<html>please log in</html>", Content_Type="text/html")
        if path == "/500": return self.reply(b"", 500)
        return self.reply(b"not here", 404)


@pytest.fixture(scope="module")
def running():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.log, server.files = [], {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def server(running):
    running.log.clear()
    running.files.clear()
    running.url = f"http://127.0.0.1:{running.server_address[1]}"
    return running


@pytest.fixture
def place(tmp_path, monkeypatch):
    "An own cache, no mirror; fails when anything but 127.0.0.1 is contacted."
    monkeypatch.setenv("SEP_TOOLKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SEP_TOOLKIT_MIRROR", raising=False)
    real = socket.socket.connect

    def connect(self, address):
        assert address[0] == "127.0.0.1", f"contacted {address}"
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tmp_path


@pytest.fixture
def known(monkeypatch):
    "Add entries to the registry for one test."
    mine = {}

    def add(key, source=(), **more):
        given = dict(title="A title", kind="recordings", licence="CC0", attribution="Nobody", sr=None, mirror=None,
                     homepage="https://example.org", notes="", aliases={})
        mine[key] = Entry(**{**given, "key": key, "source": list(source), **more})
        monkeypatch.setattr(registry, "entries", lambda: mine)
        return mine[key]

    return add


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files.items():
            z.writestr(name, data)
    return out.getvalue()


def tone(seconds=.1):
    out = io.BytesIO()
    sf.write(out, .1 * np.sin(np.arange(int(8000 * seconds))), 8000, format="WAV", subtype="PCM_16")
    return out.getvalue()


# ---------------------------------------------------------------- download: what goes well

@pytest.mark.parametrize("checks", [{}, dict(sha256=RIGHT), dict(md5=MD5), dict(sha256=RIGHT, md5=MD5, size=len(BODY))])
@pytest.mark.parametrize("path", ["/good", "/no-length"])
def test_a_good_download(server, place, checks, path):
    told = []
    got = download(server.url + path, place / "a.bin", progress=lambda *a: told.append(a), **checks)
    assert got == RIGHT and (place / "a.bin").read_bytes() == BODY
    assert told[-1][0] == len(BODY) and [t[0] for t in told] == sorted(t[0] for t in told)
    assert os.listdir(place) == ["a.bin"], "a partial file was left"


def test_it_goes_on_where_it_stopped(server, place):
    for have in (300_000, 600_000):
        with pytest.raises(DataError, match="broke off") as e:
            download(server.url + "/breaks", place / "a.bin", sha256=RIGHT)
        assert "Call again" in str(e.value) and (place / "a.bin.part").stat().st_size == have
        assert not (place / "a.bin").exists()
    assert download(server.url + "/breaks", place / "a.bin", sha256=RIGHT) == RIGHT
    assert [r for _, r, _ in server.log] == [None, "bytes=300000-", "bytes=600000-"]
    assert server.log[1][2] == '"one"', "the server is asked whether it is still the same file"
    assert (place / "a.bin").read_bytes() == BODY and os.listdir(place) == ["a.bin"]


def test_a_server_that_ignores_range_is_read_from_the_start(server, place):
    with pytest.raises(DataError, match="broke off"):
        download(server.url + "/ignores-range", place / "a.bin")
    assert download(server.url + "/ignores-range", place / "a.bin") == RIGHT
    assert server.log[1][1] == "bytes=300000-"


def test_a_file_that_changed_meanwhile_is_not_joined(server, place):
    with pytest.raises(DataError, match="broke off"):
        download(server.url + "/changes", place / "a.bin")
    download(server.url + "/changes", place / "a.bin")
    assert (place / "a.bin").read_bytes() == BODY[::-1]


def test_without_a_validator_or_a_hash_it_starts_again(server, place):
    with pytest.raises(DataError):
        download(server.url + "/no-etag-breaks", place / "a.bin")
    assert download(server.url + "/no-etag-breaks", place / "a.bin") == RIGHT
    assert server.log[1][1] is None


def test_a_range_that_is_not_the_one_asked_for_is_not_appended(server, place):
    with pytest.raises(DataError):
        download(server.url + "/lies-about-range", place / "a.bin")
    for checks in ({}, dict(sha256=RIGHT)):
        with pytest.raises(DataError, match="only a part"):
            download(server.url + "/lies-about-range", place / "a.bin", **checks)
    assert not (place / "a.bin").exists()


def test_a_partial_file_that_is_too_long_is_started_again(server, place):
    "The server answers 416: there is nothing from there on."
    (place / "a.bin.part").write_bytes(BODY + b"more")
    assert download(server.url + "/good", place / "a.bin", sha256=RIGHT) == RIGHT
    assert [r for _, r, _ in server.log] == ["bytes=700004-", None]


def test_a_partial_file_that_is_already_whole_needs_no_request(server, place):
    (place / "a.bin.part").write_bytes(BODY)
    assert download(server.url + "/404", place / "a.bin", sha256=RIGHT, size=len(BODY)) == RIGHT
    assert server.log == []


@pytest.mark.parametrize("stale", [BODY + b"more", BODY[::-1]])
def test_a_stale_partial_file_does_not_win(server, place, stale):
    (place / "a.bin.part").write_bytes(stale)
    with pytest.raises(DataError) if len(stale) == len(BODY) else contextlib.nullcontext():
        download(server.url + "/good", place / "a.bin", sha256=RIGHT, size=len(BODY))
    assert download(server.url + "/good", place / "a.bin", sha256=RIGHT, size=len(BODY)) == RIGHT


def test_redirects_within_http_are_followed(server, place):
    assert download(server.url + "/to//good", place / "a.bin", sha256=RIGHT) == RIGHT


# ---------------------------------------------------------------- download: what goes wrong

@pytest.mark.parametrize("path, checks, words", [
    ("/wrong", dict(sha256=RIGHT), ("hash", "removed", RIGHT[:16])),
    ("/wrong", dict(md5=MD5), ("hash", "removed")),
    ("/html", dict(sha256=RIGHT), ("hash",)),
    ("/html", dict(size=len(BODY)), ("26 bytes long", "700000")),
    ("/404", {}, ("404", "moved")), ("/500", {}, ("500",)), ("/says/410", {}, ("410", "moved")),
    ("/says/503", {}, ("503", "try again later")), ("/says/429", {}, ("429", "try again later")),
    ("/says/401", {}, ("401", "lets only some people in")), ("/416", {}, ("only a part",)),
    ("/breaks", {}, ("broke off after 300 kB of 700 kB", "Call again")),
    ("/bad-chunks", {}, ("broke off",)),
    ("/huge", {}, ("GB", "at most")), ("/endless", dict(limit=1_000_000), ("more than 1.0 MB",)),
    ("/endless", dict(size=500_000), ("more than 500 kB",)),
    ("/to/file:///etc/hostname", {}, ("302",)), ("/to/ftp://127.0.0.1/a", {}, ("redirects to ftp",)),
    ("/loop", {}, ("302",))])
def test_a_bad_download_is_said_and_the_old_file_stays(server, place, path, checks, words):
    (place / "a.bin").write_bytes(b"the earlier file")
    with pytest.raises(DataError) as e:
        download(server.url + path, place / "a.bin", **checks)
    assert all(w in str(e.value) for w in words), str(e.value)
    assert path.split("/")[1] in str(e.value) and isinstance(e.value, SepError)
    assert (place / "a.bin").read_bytes() == b"the earlier file"
    if path == "/endless":
        assert (place / "a.bin.part").stat().st_size <= 1_000_000, "it goes on writing"
    if "hash" in words:
        assert os.listdir(place) == ["a.bin"], "what had the wrong hash must go"


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/a", "javascript:1", "/etc/hostname", "data:,a", ""])
def test_other_schemes_are_refused(place, url):
    with pytest.raises(DataError, match="http, https or file"):
        download(url, place / "a.bin")


@pytest.mark.parametrize("call", [lambda url, place: download(url, place/"a.bin"), lambda url, place: load(url)], ids=["download", "load"])
@pytest.mark.parametrize("url, says", [("http://ann:SECRET@127.0.0.1:9/a.wav", "without a name and a password"),
                                       ("ftp://ann:SECRET@127.0.0.1/a.wav", "expected|no such file"),
                                       ("http://[::1/SECRET.wav", "can be read|Invalid"),
                                       ("http://127.0.0.1:9/" + "x"*100_000, "cannot be reached")])
def test_an_address_in_a_message_is_short_and_has_no_password(place, call, url, says):
    with pytest.raises(DataError, match=says) as e: call(url, place)
    assert len(str(e.value)) < 600 and ("@" not in url or "SECRET" not in str(e.value))


def test_a_redirect_from_https_to_http_is_refused():
    from urllib.request import Request
    handler = next(h for h in downloads._opener().handlers if type(h).__name__ == "Careful")
    with pytest.raises(DataError, match="stays with https"):
        handler.redirect_request(Request("https://a.org/x"), None, 302, "", {}, "http://a.org/x")
    there = handler.redirect_request(Request("https://a.org/x"), None, 302, "", {}, "https://b.org/x")
    assert there.full_url == "https://b.org/x"


def test_nobody_listens(place):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    with pytest.raises(DataError, match="cannot be reached.*SEP_TOOLKIT_MIRROR"):
        download(f"http://127.0.0.1:{port}/a", place / "a.bin")


def test_a_folder_that_is_not_there(server, place):
    with pytest.raises(DataError, match="cannot write"):
        download(server.url + "/good", place / "no" / "a.bin")


def test_an_interrupt_leaves_the_part_and_the_old_file(server, place):
    (place / "a.bin").write_bytes(b"old")

    def stop(have, total):
        if have > 200_000: raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(server.url + "/good", place / "a.bin", sha256=RIGHT, progress=stop)
    assert (place / "a.bin").read_bytes() == b"old" and (place / "a.bin.part").stat().st_size > 200_000
    assert download(server.url + "/good", place / "a.bin", sha256=RIGHT) == RIGHT
    assert server.log[-1][1].startswith("bytes=")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on file size")
def test_a_full_disk(server, place):
    code = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
from sep_toolkit.sound.registry import download
from sep_toolkit.core import DataError
try: download({server.url + "/good"!r}, {str(place / "a.bin")!r}, sha256={RIGHT!r})
except DataError as e: print("DataError", e)
"""
    (place / "a.bin").write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "DataError cannot write" in done.stdout and (place / "a.bin").read_bytes() == b"old"


# ---------------------------------------------------------------- archives

@pytest.mark.parametrize("name", ["../a.wav", "/a.wav", "x/../../a.wav", "..\\a.wav", "C:/a.wav", "x/..", "",
                                  "\\\\host\\a.wav"])
def test_names_that_leave_the_folder(place, name):
    info = zipfile.ZipInfo("placeholder")
    info.filename = name
    (place / "in").mkdir()
    with zipfile.ZipFile(place / "a.zip", "w") as z:
        z.writestr("good.wav", b"x")
        z.writestr(info, b"x")
    before = set(place.rglob("*"))
    with pytest.raises(DataError, match="stay inside"):
        unzip(place / "a.zip", place / "in")
    assert set(place.rglob("*")) == before, "nothing at all is written"


def test_links_are_refused(place):
    info = zipfile.ZipInfo("link.wav")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(place / "a.zip", "w") as z:
        z.writestr(info, "/etc/passwd")
    with pytest.raises(DataError, match="stay inside"):
        unzip(place / "a.zip", place)


def test_a_bomb_is_refused_before_it_is_written(place):
    (place / "a.zip").write_bytes(zipped(**{"a.wav": bytes(50_000_000)}))
    assert (place / "a.zip").stat().st_size < 100_000
    (place / "in").mkdir()
    with pytest.raises(DataError, match="more than 1.0 MB"):
        unzip(place / "a.zip", place / "in", limit=1_000_000)
    assert not list((place / "in").iterdir())


def test_a_bomb_that_lies_about_its_size(place):
    "The member's headers say 1000 bytes, its stream holds 3 MB."
    data = bytearray(zipped(**{"a.wav": bytes(3_000_000)}))
    real, said = (3_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    assert data.count(real) == 2
    (place / "a.zip").write_bytes(bytes(data).replace(real, said))
    (place / "in").mkdir()
    with pytest.raises(DataError):
        unzip(place / "a.zip", place / "in", limit=10_000)
    assert sum(p.stat().st_size for p in (place / "in").iterdir()) <= 1001


def test_the_rules_choose_and_rename(place):
    (place / "a.zip").write_bytes(zipped(**{"top/audio/a.wav": b"1", "top/audio/b.wav": b"2", "top/meta/x.csv": b"3",
                                           "top/other.py": b"4", "__MACOSX/top/._a.wav": b"5",
                                           "top/audio/._b.wav": b"6"}))
    (place / "in").mkdir()
    assert set(unzip(place / "a.zip", place / "in", [["*/audio/*.wav", "sound/"], ["*.csv", ""]])) == \
        {"sound/a.wav", "sound/b.wav", "x.csv"}
    assert (place / "in/sound/b.wav").read_bytes() == b"2" and not (place / "in/top").exists()
    with pytest.raises(DataError, match="cannot unpack"):
        unzip(place / "a.zip", place / "in", [["*.csv", ""]])
    assert (place / "in/x.csv").read_bytes() == b"3", "what is there is not replaced"


@pytest.mark.parametrize("make, words", [
    (lambda: b"not a zip", "whole zip"), (lambda: b"", "whole zip"),
    (lambda: zipped(**{"a.wav": b"x" * 9999})[:-60], "whole zip"),
    (lambda: zipped(**{"a/x.wav": b"1", "b/x.wav": b"2"}), "twice"),
    (lambda: zipped(**{"a.txt": b"1"}), "nothing named")])
def test_bad_archives(place, make, words):
    (place / "a.zip").write_bytes(make())
    with pytest.raises(DataError, match=words):
        unzip(place / "a.zip", place, [["*.wav", ""]])


def test_a_damaged_member(place):
    data = bytearray(zipped(**{"a.wav": os.urandom(5000)}))
    data[1000] ^= 255
    (place / "a.zip").write_bytes(bytes(data))
    with pytest.raises(DataError, match="cannot be unpacked"):
        unzip(place / "a.zip", place)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.sampled_from("ab./\\:é \0"), min_size=1, max_size=12), min_size=1, max_size=4, unique=True))
def test_no_name_ever_leaves(tmp_path_factory, names):
    place = tmp_path_factory.mktemp("zip")
    (place / "in").mkdir()
    with zipfile.ZipFile(place / "a.zip", "w") as z:
        for name in names:
            info = zipfile.ZipInfo("x")
            info.filename = name
            z.writestr(info, b"x")
    try:
        unzip(place / "a.zip", place / "in")
    except DataError:
        pass
    assert {p.name for p in place.iterdir()} == {"a.zip", "in"}


# ---------------------------------------------------------------- fetch and resolve

def test_fetch_a_set_of_files(server, place, known, capsys):
    server.files |= {"/a b.wav": tone(), "/c.txt": b"text"}
    sha = {n: hashlib.sha256(server.files["/" + n]).hexdigest() for n in ("a b.wav", "c.txt")}
    known("set", [{"base": server.url + "/"}], files=sha, bytes=2000, mirror="data/set", aliases={"first": "a b"})
    with pytest.raises(DataError, match="fetch\\('set'\\)"):
        resolve("set/first")
    folder = fetch("set")
    said = capsys.readouterr().out
    assert said.index("licence: CC0") < said.index("a b.wav") and "2.0 kB" in said and "Nobody" in said
    assert folder == resolve("set") and load("set/first").sr == 8000 and resolve("set/c").read_bytes() == b"text"
    asked = len(server.log)
    assert fetch("set/first", quiet=True) == folder / "a b.wav" and len(server.log) == asked, "the second time is free"
    assert capsys.readouterr().out == ""
    record = json.loads((folder / "_record.json").read_text())
    assert record["licence"] == "CC0" and record["sources"][0]["checked"] == "sha256"
    assert set(record["files"]) == set(sha)
    assert not [p for p in (place / "cache/downloads").iterdir() if p.suffix != ".lock"]


def test_fetch_an_archive(server, place, known):
    data = zipped(**{"top/voice_1.wav": tone(), "top/voice_1_f0.csv": b"0,0", "top/LICENSE": b"free"})
    server.files["/a.zip"] = data
    source = {"url": server.url + "/a.zip", "as": "a.zip", "md5": hashlib.md5(data).hexdigest(), "bytes": len(data),
              "unpack": [["*", None]], "unpacked_bytes": 100_000}
    known("models/arch", [source])
    folder = fetch("models/arch", quiet=True)
    assert load("models/arch/voice_1").n_samples == 800 and resolve("models/arch/voice_1_f0").suffix == ".csv"
    assert (folder / "top/LICENSE").exists() and catalogue().loc["models/arch", "here"] == "fetched"


def test_a_set_comes_whole_or_not_at_all(server, place, known):
    server.files["/a.wav"] = tone()
    known("set", [{"url": server.url + "/a.wav", "as": "a.wav"}, {"url": server.url + "/b.wav", "as": "b.wav"}])
    with pytest.raises(DataError, match="404"):
        fetch("set", quiet=True)
    with pytest.raises(DataError, match="not here yet"):
        resolve("set")
    server.files["/b.wav"] = tone(.2)
    server.log.clear()
    fetch("set", quiet=True)
    assert [p for p, *_ in server.log] == ["/b.wav"], "the file that had come is not asked for again"


def test_an_archive_that_breaks_its_promise_leaves_nothing(server, place, known):
    server.files["/a.zip"] = zipped(**{"a.wav": bytes(5_000_000)})
    known("bomb", [{"url": server.url + "/a.zip", "as": "a.zip", "unpack": [["*", None]], "unpacked_bytes": 1_000_000}])
    with pytest.raises(DataError, match="more than"):
        fetch("bomb", quiet=True)
    assert not list((place / "cache/registry").iterdir())


def test_a_failed_refetch_keeps_the_old_set(server, place, known):
    server.files["/a.wav"] = tone()
    known("set", [{"url": server.url + "/a.wav", "as": "a.wav"}])
    folder = fetch("set", quiet=True)
    (folder / "extra.wav").write_bytes(tone())
    (folder / "a.wav").write_bytes(b"shorter")
    server.files["/a.wav"] = b"changed at its source"
    with pytest.raises(DataError, match="hash"):
        fetch("set", quiet=True)
    assert (folder / "a.wav").read_bytes() == b"shorter" and (folder / "extra.wav").exists()
    with pytest.raises(DataError, match="changed or damaged"):
        resolve("set/a")


def test_an_exchange_that_fails_brings_the_old_set_back(server, place, known, monkeypatch):
    server.files["/a.wav"] = tone()
    known("set", [{"url": server.url + "/a.wav", "as": "a.wav"}])
    folder, real = fetch("set", quiet=True), os.replace
    (folder / "a.wav").write_bytes(b"shorter")

    def replace(a, b):
        if Path(b) == folder and ".part-" in str(a): raise OSError("no")
        return real(a, b)

    monkeypatch.setattr(core, "_swap", lambda a, b: False)  # a system that cannot exchange two folders in one step
    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(DataError, match="cannot write"):
        fetch("set", quiet=True)
    assert (folder / "a.wav").read_bytes() == b"shorter" and (folder / "_record.json").exists()


def test_what_was_first_seen_is_remembered(server, place, known):
    import shutil
    server.files["/a.wav"] = tone()
    e = known("set", [{"url": server.url + "/a.wav", "as": "a.wav", "sha256": None}])
    assert "hash unknown: recorded at first fetch" in e.about()
    folder = fetch("set", quiet=True)
    assert json.loads((folder / "_record.json").read_text())["sources"][0]["checked"] == "recorded now"
    shutil.rmtree(folder)
    server.files["/a.wav"] = tone(.2)
    with pytest.raises(DataError, match="hash"):
        fetch("set", quiet=True)
    server.files["/a.wav"] = tone()
    folder = fetch("set", quiet=True)
    assert json.loads((folder / "_record.json").read_text())["sources"][0]["checked"] == "as before"


def test_one_fetch_at_a_time(server, place, known):
    fcntl = pytest.importorskip("fcntl")
    server.files["/a.wav"] = tone()
    known("set", [{"url": server.url + "/a.wav", "as": "a.wav"}])
    (place / "cache/downloads").mkdir(parents=True)
    with open(place / "cache/downloads/set.lock", "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        with pytest.raises(DataError, match="another process"):
            fetch("set", quiet=True)
    assert fetch("set", quiet=True).is_dir()


@pytest.mark.parametrize("key", ["quire", "", "../choir", "models", "Choir", 7, None])
def test_unknown_keys(place, key):
    assert not is_key(key)
    for f in (fetch, resolve):
        with pytest.raises(DataError, match=r"one of \d+ keys such as .*registry.catalogue"):
            f(key)


@pytest.mark.parametrize("rest", ["../secret", "/etc/passwd", "..", "a/../../secret", "b", "A.wav", "a*"])
def test_a_key_cannot_leave_its_entry(server, place, known, rest):
    server.files["/a.wav"] = tone()
    known("set", [{"url": server.url + "/a.wav", "as": "a.wav"}])
    fetch("set", quiet=True)
    (place / "cache/registry/secret.wav").write_bytes(b"x")
    with pytest.raises(DataError, match="not there"):
        resolve("set/" + rest)


def test_an_ambiguous_key(place, known, monkeypatch):
    for d in ("clean", "noisy"):
        (place / "mirror/data/set" / d).mkdir(parents=True)
        (place / "mirror/data/set" / d / "x.wav").write_bytes(tone())
    monkeypatch.setenv("SEP_TOOLKIT_MIRROR", str(place / "mirror"))
    known("set", mirror="data/set")
    with pytest.raises(DataError, match="clean/x.wav, noisy/x.wav"):
        resolve("set/x")
    assert resolve("set/noisy/x").parent.name == "noisy"


# ---------------------------------------------------------------- the mirror

@pytest.fixture
def small_mirror(place, known, monkeypatch):
    folder = place / "mirror/data/set"
    folder.mkdir(parents=True)
    for i in range(3):
        (folder / f"s{i}.wav").write_bytes(tone(.1 + i / 10))
    (folder / "LICENSE.txt").write_text("free")
    monkeypatch.setenv("SEP_TOOLKIT_MIRROR", str(place / "mirror"))
    sha = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.glob("*.wav"))}
    return folder, sha, known


@pytest.mark.parametrize("as_tree", [False, True])
def test_the_mirror_is_used_in_place_and_checked(small_mirror, place, as_tree, capsys):
    folder, sha, known = small_mirror
    lines = "".join(f"{h}  {n}\n" for n, h in sha.items())
    tree = dict(sha256=hashlib.sha256(lines.encode()).hexdigest(), count=3)
    hashes = {"tree": tree} if as_tree else {"files": sha}
    known("set", [{"url": "http://127.0.0.1:9/never", "as": "x"}], mirror="data/set", **hashes)
    assert fetch("set") == folder and resolve("set/s1") == folder / "s1.wav" and load("set/s2").n_samples == 2400
    assert "mirror" in capsys.readouterr().out and not (place / "cache/registry").exists()
    (folder / "s1.wav").write_bytes(tone(.5))
    with pytest.raises(DataError, match="not used; replace it"):
        fetch("set", quiet=True)
    if not as_tree:
        with pytest.raises(DataError, match="set/s1.wav"):
            resolve("set/s1")
    (folder / "s1.wav").unlink()
    with pytest.raises(DataError, match="missing|contains 2 files"):
        fetch("set", quiet=True)


def test_a_mirror_that_is_no_folder(known, place, monkeypatch):
    known("set", mirror="data/set")
    monkeypatch.setenv("SEP_TOOLKIT_MIRROR", str(place / "nowhere"))
    with pytest.raises(DataError, match="SEP_TOOLKIT_MIRROR"):
        resolve("set")
    (place / "mirror").mkdir()
    monkeypatch.setenv("SEP_TOOLKIT_MIRROR", str(place / "mirror"))
    with pytest.raises(DataError, match="no public download"):
        fetch("set", quiet=True)


def test_every_mirrored_entry_is_the_real_thing(mirror, monkeypatch):
    monkeypatch.setenv("SEP_TOOLKIT_MIRROR", str(mirror))
    for key, e in entries().items():
        if e.mirror and (mirror / e.mirror).is_dir():
            assert fetch(key, quiet=True) == mirror / e.mirror
            for alias in e.aliases:
                assert load(f"{key}/{alias}").duration > .1
    assert load("choir/soprano_1").sr == 16000 and load("noisy_speech/noisy/p232_003").sr == 16000
    assert resolve("models/gtcrn/gtcrn_simple").name == "gtcrn_simple.onnx"


# ---------------------------------------------------------------- what is written in the registry

def test_every_entry_is_complete():
    for key, e in entries().items():
        assert e.title and e.licence and e.attribution and e.homepage.startswith("https://"), key
        assert e.kind == ("weights" if key.startswith("models/") else "recordings")
        assert e.sources or e.mirror
        assert not e.mirror or (e.files or e.tree) and e.bytes
        for s in e.sources:
            assert s["url"].startswith("https://") and ".." not in s["as"]
            assert s.get("bytes") or s.get("about_bytes") or s.get("sha256")
            for name, digits in (("sha256", 64), ("md5", 32)):
                assert s.get(name) is None or len(s[name]) == digits and set(s[name]) <= set("0123456789abcdef")
            assert not s.get("unpack") or s["unpacked_bytes"] > 0
        for name in e.aliases.values():
            assert not e.files or [n for n in e.files if n.startswith(name + ".")]
    for key in ("models/gtcrn", "models/dtln", "models/dnsmos", "clips", "percussion", "song", "violin"):
        assert entries()[key].checked == "SHA-256"
    asked = {"choir", "noisy_speech", "clips", "digits", "esc50", "musdb_sample", "solo_voice", "violin", "percussion",
             "speech", "song"}
    assert asked <= set(entries())


def test_librosas_own_hashes_agree():
    "The hashes of `clips` are those that librosa publishes."
    lines = (resources.files("librosa") / "util/example_data/registry.txt").read_text().splitlines()
    published = dict(line.rsplit(" ", 1) for line in lines if line.strip())
    assert all(published[n] == h for n, h in entries()["clips"].files.items())


def test_nothing_can_be_changed():
    with pytest.raises(TypeError):
        entries()["x"] = 1
    with pytest.raises(AttributeError):
        entries()["choir"].licence = "none"
    first, second = entries()["clips"].sources, entries()["clips"].sources
    first[0]["url"] = "changed"
    assert second[0]["url"] != "changed" and entries()["clips"].sources[0]["url"] != "changed"
    choir = entries()["choir"].sources
    choir[0]["url"] = "changed"
    assert entries()["choir"].sources[0]["url"] != "changed"


def test_split_takes_the_longest_name():
    assert split_key("models/gtcrn/a/b.onnx")[1] == "a/b.onnx" and split_key("choir_full/x")[0].key == "choir_full"
    assert split_key("choir/")[1] == ""


NO_SOCKET = """
import socket, sys
def refuse(*a, **k): raise AssertionError("a socket was made")
socket.socket.__init__ = refuse
socket.create_connection = socket.getaddrinfo = refuse
import sep_toolkit.sound.registry as r, sep_toolkit.sound.scenes as s
r.catalogue(), r.entries()["choir"].about(), r.is_key("choir/a")
for key in ("choir", "models/gtcrn"):
    try: r.resolve(key)
    except r.DataError as e: assert "not here yet" in str(e)
s.example("duo"), s.examples(), s.scene(duration_s=1)
print("no socket", "urllib.request" in sys.modules and "after" or "quiet")
"""


def test_no_socket_without_fetch(place):
    env = {**os.environ, "SEP_TOOLKIT_CACHE": str(place / "cache")}
    done = subprocess.run([sys.executable, "-c", NO_SOCKET], capture_output=True, text=True, env=env)
    assert done.returncode == 0 and "no socket" in done.stdout, done.stderr[-2000:]


def test_no_socket_when_loading_an_unknown_key(place, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", functools.partial(pytest.fail, "a connection was made"))
    with pytest.raises(DataError, match="not here yet"):
        load("choir/soprano_1")
    with pytest.raises(DataError):
        load("choir")


def test_the_registry_is_small():
    assert Path(str(resources.files("sep_toolkit")), "registry.json").stat().st_size < 100_000


# ---------------------------------------------------------------- what is only nearly the same file

def test_a_rest_with_another_tag_is_not_joined(server, place):
    with pytest.raises(DataError, match="broke off"): download(server.url + "/other-etag", place / "a.bin")
    download(server.url + "/other-etag", place / "a.bin")
    assert (place / "a.bin").read_bytes() == BODY[::-1]


def test_a_rest_of_a_file_of_another_length_is_not_joined(server, place):
    with pytest.raises(DataError, match="broke off"): download(server.url + "/other-length", place / "a.bin")
    download(server.url + "/other-length", place / "a.bin")
    assert (place / "a.bin").read_bytes() == BODY[::-1][:500_000]


def test_a_rest_with_fewer_bytes_is_not_the_whole(server, place):
    for _ in range(2):
        with pytest.raises(DataError, match="broke off after .* of 700 kB"): download(server.url + "/fewer", place / "a.bin")
        assert not (place / "a.bin").exists()
    assert download(server.url + "/fewer", place / "a.bin") == RIGHT


def test_only_what_is_whole_is_pinned(server, place, known):
    "A server that does not say how long a file is may have broken off without anybody noticing."
    known("set", [{"url": server.url + "/no-length", "as": "a.bin", "sha256": None}])
    fetch("set", quiet=True)
    assert registry._remembered() == {}
    known("other", [{"url": server.url + "/good", "as": "a.bin", "sha256": None}])
    fetch("other", quiet=True)
    assert registry._remembered() == {server.url + "/good": RIGHT}


ODD_URLS = ["http://", "http://[", "http://a b/", "http://127.0.0.1:port/", "http://127.0.0.1:99999/", "http://127.0.0.1:1/\n", "http://\udc80/",
            "http://a\0b/", "http://" + "x"*70 + ".invalid/", "http://.../", "HTTP://127.0.0.1:1/a.wav"]
ODD_PATHS = ["status", "chunk", "nothing", "location", "headers", "206"]


@pytest.mark.parametrize("url", ODD_URLS, ids=range(len(ODD_URLS)))
def test_odd_addresses(place, monkeypatch, url):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: (_ for _ in ()).throw(socket.gaierror("unknown")))
    with pytest.raises(DataError): load(url)
    with pytest.raises(DataError): download(url, place / "a.bin")


@pytest.mark.parametrize("path", [f"/odd/{p}" for p in ODD_PATHS] + ["/404", "/500", "/loop", "/huge", "/bad-chunks", "/breaks",
                                                                    "/to/ftp://127.0.0.1/a.wav", "/to/file:///etc/hostname"])
def test_servers_that_misbehave(server, place, path):
    with pytest.raises(DataError, match="127.0.0.1"): load(server.url + path)
    with pytest.raises(DataError, match="127.0.0.1"): download(server.url + path, place / "a.bin")
    assert not (place / "a.bin").exists()


def test_a_length_that_is_no_number_is_no_length(server, place):
    with pytest.raises(DataError, match="cannot be read as sound"): load(server.url + "/odd/length")
    download(server.url + "/odd/length", place / "a.bin")
    assert (place / "a.bin").read_bytes() == b"hello"


def test_load_follows_redirects_within_http_only(server, place):
    server.files["/a.wav"] = tone()
    assert load(server.url + "/to//a.wav").n_samples > 0 and load(server.url.upper().replace("HTTP", "http") + "/a.wav").n_samples > 0
    with pytest.raises(DataError, match="redirects to ftp"): load(server.url + "/to/ftp://127.0.0.1/a.wav")


def test_load_stops_at_its_limit(server, place, monkeypatch):
    from sep_toolkit.sound import files as audio
    monkeypatch.setattr(audio, "DOWNLOAD_LIMIT", 1_000_000)
    with pytest.raises(DataError, match="longer than 1.0 MB"): load(server.url + "/endless")


@pytest.mark.parametrize("url", [None, 3, b"http://a/", "", "http:/a"])
def test_what_is_no_address(place, url):
    with pytest.raises(DataError): download(url, place / "a.bin")


def test_unknown_sounds_name_the_nearest_few(place):
    for key in ("choir_ful", "x"*5000, "musc", "a\0b"):
        with pytest.raises(DataError) as e: resolve(key)
        assert len(str(e.value)) < 300
    with pytest.raises(DataError, match="choir_full"): resolve("choir_ful")
    with pytest.raises(DataError) as e: load("choir_ful/x")
    assert len(str(e.value)) < 300


def test_a_cache_that_cannot_be_written(place, known, monkeypatch, server):
    "Nothing that only reads needs it; what needs it says what to do."
    server.files["/a.wav"] = tone()
    known("set", [{"url": server.url + "/a.wav", "as": "a.wav"}])
    (place / "file").touch()
    monkeypatch.setenv("SEP_TOOLKIT_CACHE", str(place / "file" / "cache"))
    assert len(catalogue())
    for f in (resolve, fetch, lambda key: load(key + "/a")):
        with pytest.raises(DataError, match="SEP_TOOLKIT_CACHE"): f("set")
    monkeypatch.setenv("SEP_TOOLKIT_CACHE", str(place / "cache2"))

    def refused(*a, **k): raise OSError(30, "Read-only file system")
    monkeypatch.setattr(os, "mkdir", refused)
    with pytest.raises(DataError, match="Read-only"): fetch("set", quiet=True)


class Odd:
    def __repr__(self): raise RuntimeError("no repr")


@pytest.mark.parametrize("value", [Odd(), 10**5000, ["a"], np.zeros(3), b"a\xff", "\ud800", "a\0b"], ids=lambda v: type(v).__name__)
def test_arguments_of_the_wrong_kind(place, value):
    assert not is_key(value)
    for call in (lambda: resolve(value), lambda: fetch(value), lambda: unzip(value, place), lambda: registry.hash_file(value)):
        with pytest.raises(SepError): call()


def test_a_download_needs_a_name(server, place):
    with pytest.raises(DataError, match="name of a file"): download(server.url + "/good", "")
