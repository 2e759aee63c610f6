"""STFT, its inverse, framing and mel: laws and independent references."""
import librosa
import numpy as np
import pytest
import scipy.signal
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sep_toolkit.core import ParameterError
from sep_toolkit.sound.stft import frame, istft, mel_filters, overlap_add, stft, window_of


@given(T=st.integers(1, 3000), n_fft=st.sampled_from([16, 64, 510, 512, 1024]), div=st.sampled_from([2, 3, 4, 8]),
       window=st.sampled_from(["hann", "sqrt_hann"]), lead=st.lists(st.integers(1, 3), max_size=2))
@settings(deadline=None, max_examples=60)
def test_inverse_is_exact_for_any_length_and_leading_dims(T, n_fft, div, window, lead):
    if window == "hann" and div == 2 and T < 2: return
    x = torch.randn(*lead, T, dtype=torch.float64)
    before = x.clone()
    X = stft(x, n_fft, n_fft//div, window)
    assert X.shape == (*lead, n_fft//2 + 1, 1 + -(-T//(n_fft//div)))
    assert torch.allclose(istft(X, n_fft, n_fft//div, window, length=T), x, atol=1e-10) and torch.equal(x, before)


def test_same_numbers_as_librosa_and_scipy():
    x = torch.randn(8192, dtype=torch.float64)
    X = stft(x, 1024, 256)
    ref = librosa.stft(x.numpy(), n_fft=1024, hop_length=256, pad_mode="constant")
    assert np.abs(X.numpy()[:, :ref.shape[1]] - ref).max() < 1e-9
    win = scipy.signal.get_window("hann", 1024)
    assert np.allclose(win, window_of("hann", 1024, x).numpy(), atol=1e-12)
    _, _, S = scipy.signal.stft(x.numpy(), window=win, nperseg=1024, noverlap=768, boundary="zeros", padded=False)
    assert np.abs(X.numpy()[:, :S.shape[1]] - S*win.sum()).max() < 1e-9


def test_gradients_flow():
    x = torch.randn(2, 300, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: istft(stft(v, 64, 16)*0.5, 64, 16, length=300), x)


def test_frame_covers_all_samples():
    for T in (1, 5, 16, 17, 40):
        f = frame(torch.arange(1., T + 1), 16, 8)
        assert f.shape[-1] == 16 and f.max() == T and f.shape[0] == -(-max(T - 16, 0)//8) + 1
    one = frame(torch.ones(64), 8, 8)
    assert torch.equal(overlap_add(one[None], 8)[0], torch.ones(64))


@given(B=st.integers(1, 3), N=st.integers(1, 9), size=st.integers(1, 40), hop=st.integers(1, 50))
@settings(deadline=None, max_examples=60)
def test_frames_are_added_at_their_places(B, N, size, hop):
    frames = torch.randn(B, N, size, dtype=torch.float64)
    want = torch.zeros(B, (N - 1)*hop + size, dtype=torch.float64)
    for i in range(N): want[:, i*hop:i*hop + size] += frames[:, i]
    before = frames.clone()
    assert torch.allclose(overlap_add(frames, hop), want, atol=1e-12) and torch.equal(frames, before)


def test_mel_filters_match_librosa_and_are_positive():
    m = mel_filters(16000, 512, 40)
    assert m.shape == (40, 257) and m.min() >= 0
    centre = librosa.mel_frequencies(42, fmin=0, fmax=8000, htk=True)[1:-1]
    assert np.allclose(m.argmax(1).numpy()*16000/512, centre, atol=16000/512)


@pytest.mark.parametrize("call", [
    lambda: stft([1., 2.]), lambda: stft(torch.zeros(9, dtype=torch.long)), lambda: stft(torch.zeros(9), 0),
    lambda: stft(torch.zeros(9), 512, 600),
    lambda: stft(torch.zeros(9), 512, window="hamming"), lambda: istft(torch.zeros(10, 3, dtype=torch.complex64), 512, length=5),
    lambda: istft(stft(torch.zeros(100), 64), 64, length=500), lambda: istft(stft(torch.zeros(200), 64, 64), 64, 64, length=200),
])
def test_bad_input(call):
    with pytest.raises(ParameterError): call()
