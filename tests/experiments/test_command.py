"""`sep-toolkit`: exit codes, where what is printed, and the errors of Python."""
import pytest
import torch

from sep_toolkit.core import ParameterError
from sep_toolkit.experiments.command import command_line, command_parser, read_plan
from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.sound.files import load, save


def noise(seed, n=16000): return Audio(torch.randn(1, n, generator=torch.Generator().manual_seed(seed))*.05, 8000)


def test_a_folder_is_separated_and_one_bad_file_does_not_stop_it(tmp_path, capsys):
    for k in range(2): save(noise(k), tmp_path/f"{k}.wav")
    (tmp_path/"bad.wav").write_bytes(b"RIFF")
    assert command_line(["separate", str(tmp_path), "--method", "nmf", "--set", "n_stems=2", "--set", "iterations=2", "--out",
                         str(tmp_path/"out"), "--format", "flac"]) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2 and "3/3 bad.wav" in err and "sep-toolkit: bad.wav: " in err and "Traceback" not in err
    assert len(list((tmp_path/"out/0").glob("*.flac"))) == 3


def test_scores_and_their_csv(tmp_path, capsys):
    true = Stems({"a": noise(1), "b": noise(2)})
    save(true, tmp_path/"true")
    save(Stems({"a": noise(1)*.5, "b": noise(2)}), tmp_path/"est")
    assert command_line(["score", str(tmp_path/"est"), str(tmp_path/"true"), "--metrics", "snr", "--csv"]) == 0
    lines = capsys.readouterr().out.split()
    assert lines[0] == "stem,snr" and abs(float(lines[1].split(",")[1]) - 6.02) < .01


def test_a_study_in_a_file(tmp_path, capsys):
    file = tmp_path/"study.toml"
    file.write_text(f'''store = "{tmp_path}/s"\nmetrics = ["si_sdr"]\npermute = true\nreport = "{tmp_path}/r.html"\n[items]
scenes = {{n = 1, kinds = "tones", duration_s = 1.0}}\n[methods.nmf]\nn_stems = 2\niterations = [1, 2]\n''')
    assert command_line(["sweep", str(file)]) == 0
    out, err = capsys.readouterr()
    assert "nmf iterations=2" in out and "2 cells: 0 in the store, 2 to compute" in err and (tmp_path/"r.html").stat().st_size > 5000
    assert command_line(["sweep", str(file)]) == 0 and "2 in the store, 0 to compute" in capsys.readouterr().err
    for text in ("surprise = 1", "[items]\nsongs = {}", "items = 3", "[methods]\nnmf = 3\n[items]\nscenes = {n = 1}"):
        file.write_text(text)
        with pytest.raises(ParameterError): read_plan(file)
    file.write_text("= broken")
    assert command_line(["sweep", str(file)]) == 1 and "expected a TOML file" in capsys.readouterr().err


def test_a_page_of_stems(tmp_path, capsys):
    save(Stems({"a": noise(1), "b": noise(2)}), tmp_path/"stems")
    assert command_line(["explore", str(tmp_path/"stems"), "--out", str(tmp_path/"p.html"), "--quiet"]) == 0
    assert "data-sep-widget" in (tmp_path/"p.html").read_text() and capsys.readouterr().out.strip() == str(tmp_path/"p.html")


def test_errors_are_those_of_python_and_codes_tell(tmp_path, capsys):
    save(noise(0), tmp_path/"a.wav")
    for argv, text in ((["separate", f"{tmp_path}/a.wav", "--method", "nfm"], "Did you mean 'nmf'"),
                       (["separate", f"{tmp_path}/a.wav", "--method", "nmf", "--set", "rounds=2"], "no setting 'rounds'"),
                       (["separate", f"{tmp_path}/a.wav", "--method", "nmf", "--set", "n_stems"], "name=value"),
                       (["fetch", "chior"], "choir"), (["score", str(tmp_path), f"{tmp_path}/none"], "no such file")):
        assert command_line(argv) == 1
        out, err = capsys.readouterr()
        assert text in err and not out and "Traceback" not in err
    with pytest.raises(SystemExit) as e: command_line(["seperate"])
    assert e.value.code == 2 and load(tmp_path/"a.wav").n_samples == 16000
    assert all(word in command_parser().format_help() for word in ("separate", "score", "sweep", "explore", "fetch", "Example"))


def test_a_long_song_goes_from_file_to_file(tmp_path, capsys, monkeypatch):
    "Wave files are written piece by piece; the second call finds them there, and computes nothing."
    save(noise(0, 40_000), tmp_path/"song.wav")
    argv = ["separate", str(tmp_path/"song.wav"), "--method", "hpss", "--out", str(tmp_path/"out")]
    assert command_line(argv) == 0
    files = {p.stem: load(p) for p in (tmp_path/"out/song").glob("*.wav")}
    assert set(files) == {"harmonic", "percussive"} and all(a.n_samples == 40_000 for a in files.values())
    before = {p: p.stat().st_mtime_ns for p in (tmp_path/"out/song").iterdir()}
    assert command_line(argv) == 0 and before == {p: p.stat().st_mtime_ns for p in (tmp_path/"out/song").iterdir()}


def test_stems_that_only_the_reference_has_are_told_of(tmp_path, capsys):
    true = Stems({"speech": noise(1), "noise": noise(2)})
    save(true, tmp_path/"true")
    save(Stems({"speech": noise(1)*.5}), tmp_path/"est")
    assert command_line(["score", str(tmp_path/"est"), str(tmp_path/"true"), "--metrics", "snr", "snri", "--csv"]) == 0
    out, err = capsys.readouterr()
    lines = [line.split(",") for line in out.split()]
    assert [row[0] for row in lines] == ["stem", "speech"] and abs(float(lines[1][1]) - 6.02) < .01
    assert "not scored: noise" in err
    save(Stems({"speech": noise(1), "music": noise(3)}), tmp_path/"other")
    assert command_line(["score", str(tmp_path/"other"), str(tmp_path/"true")]) == 1


KEPT = "interrupted: 40% of a.wav is kept"


@pytest.mark.parametrize(("said", "shown"), [(KEPT, KEPT), ("", "interrupted")])
def test_an_interruption_says_what_is_kept(tmp_path, capsys, monkeypatch, said, shown):
    from sep_toolkit.experiments import command
    def stopped(*args, **more): raise KeyboardInterrupt(said)
    save(noise(0), tmp_path/"a.wav")
    monkeypatch.setattr(command, "separate_file", stopped)
    assert command_line(["separate", str(tmp_path/"a.wav"), "--method", "hpss", "--out", str(tmp_path/"out")]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == f"sep-toolkit: {shown}"
